"""The form of a station's EVSEs, each with its connectors."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from stations.connector_types import ConnectorType, PowerType
from stations.hardware import HIGHEST_NUMBER, MOST_CONNECTORS, ConnectorPart, EvsePart, Place
from stations.reported import MOST_W

if TYPE_CHECKING:
    BaseForms = forms.BaseFormSet["PartForm"]
else:
    BaseForms = forms.BaseFormSet

# A form has at most 1000 fields (DATA_UPLOAD_MAX_NUMBER_FIELDS); the EVSEs that do not fit are left as they are.
MOST_FIELDS = 900
FIELDS_OF_EVSE, FIELDS_OF_CONNECTOR = 8, 7
MOST_EVSES = 60


def _number(label: str, highest: int, *, required: bool = False) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "c-input", "inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=1, max_value=highest, required=required, widget=widget)


def _choice(label: str, choices: Sequence[tuple[str, str]], *, required: bool = False) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "c-input"})
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=widget)


class PartForm(forms.Form):
    number = _number("Number", HIGHEST_NUMBER, required=True)
    remove = forms.BooleanField(label="Remove", required=False)

    @property
    def is_new(self) -> bool:
        return self.empty_permitted

    @property
    def was_filled(self) -> bool:
        return bool(self.cleaned_data.get("number"))


class ConnectorForm(PartForm):
    type = _choice("Type", ConnectorType.choices, required=True)
    power_type = _choice("Supply", [("", "–"), *PowerType.choices])
    max_voltage_v = _number("Voltage, V", 100_000)
    max_current_a = _number("Current, A", 100_000)
    max_power_w = _number("Power, W", MOST_W)


class NumberedForms(BaseForms):
    def clean(self) -> None:
        """No number twice."""
        filled = [form for form in self.forms if form.is_valid() and form.was_filled]
        counted = Counter(form.cleaned_data["number"] for form in filled)
        for form in filled:
            if counted[form.cleaned_data["number"]] > 1:
                form.add_error("number", "This number is there twice.")
                self.has_twins = True

    has_twins = False

    def is_valid(self) -> bool:
        return super().is_valid() and not self.has_twins


ConnectorForms = forms.formset_factory(
    ConnectorForm, formset=NumberedForms, extra=0, max_num=MOST_CONNECTORS, absolute_max=MOST_CONNECTORS
)


class EvseForm(PartForm):
    name = forms.CharField(
        label="Name", max_length=50, required=False, widget=forms.TextInput(attrs={"class": "c-input"})
    )
    max_power_w = _number("Maximum power, W", MOST_W)

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        known = [asdict(part) for part in self.initial.get("connectors", ())]
        self.connectors = ConnectorForms(data, prefix=f"{self.prefix}-connectors", initial=known)

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        return not self.was_filled or self.cleaned_data["remove"] or self.connectors.is_valid()

    def part(self) -> EvsePart:
        kept = [form.cleaned_data for form in self.connectors if form.was_filled and not form.cleaned_data["remove"]]
        connectors = tuple(ConnectorPart(**_without_mark(each)) for each in kept)
        return EvsePart(**_without_mark(self.cleaned_data), connectors=connectors)

    def removed(self) -> list[Place]:
        evse = self.cleaned_data["number"]
        if self.cleaned_data["remove"]:
            return [(evse, 0)]
        marked = (form.cleaned_data for form in self.connectors if form.was_filled)
        return [(evse, each["number"]) for each in marked if each["remove"]]


EvseForms = forms.formset_factory(EvseForm, formset=NumberedForms, extra=0, max_num=MOST_EVSES, absolute_max=MOST_EVSES)


class HardwareForm:
    """All of them, as they are known or as they were sent."""

    def __init__(self, parts: Sequence[EvsePart], data: QueryDict | None = None) -> None:
        shown = within_reach(parts)
        self.hidden_count = len(parts) - len(shown)
        initial = [
            {"number": part.number, "name": part.name, "max_power_w": part.max_power_w, "connectors": part.connectors}
            for part in shown
        ]
        self.evses = EvseForms(data, prefix="evses", initial=initial)

    def is_valid(self) -> bool:
        return bool(self.evses.is_valid())

    @property
    def wanted(self) -> list[EvsePart]:
        return [form.part() for form in self._filled if not form.cleaned_data["remove"]]

    @property
    def removed(self) -> list[Place]:
        return [place for form in self._filled for place in form.removed()]

    @property
    def _filled(self) -> list[EvseForm]:
        return [form for form in self.evses if isinstance(form, EvseForm) and form.was_filled]


def grown(data: QueryDict, prefix: str) -> QueryDict:
    """What was sent, with one more row of this formset; it gets the next number."""
    more = data.copy()
    count = _whole(data.get(f"{prefix}-TOTAL_FORMS"))
    if count is None or count >= (MOST_EVSES if prefix == "evses" else MOST_CONNECTORS):
        return more
    numbers = [_whole(data.get(f"{prefix}-{index}-number")) or 0 for index in range(count)]
    more[f"{prefix}-TOTAL_FORMS"] = str(count + 1)
    more[f"{prefix}-{count}-number"] = str(max(numbers, default=0) + 1)
    if prefix == "evses":
        below = f"{prefix}-{count}-connectors"
        more |= {f"{below}-TOTAL_FORMS": "1", f"{below}-INITIAL_FORMS": "0", f"{below}-0-number": "1"}
    return more


def within_reach(parts: Sequence[EvsePart]) -> list[EvsePart]:
    shown, fields = [], 0
    for part in parts[:MOST_EVSES]:
        fields += FIELDS_OF_EVSE + FIELDS_OF_CONNECTOR * len(part.connectors)
        if fields > MOST_FIELDS:
            break
        shown.append(part)
    return shown


def _without_mark(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cleaned.items() if name != "remove"}


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else None
