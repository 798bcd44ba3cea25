"""List filters that offer only what the user may see, and cost the same however many rows there are."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.filters import ChoicesFieldListFilter, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter
from unfold.utils import parse_date_str

from accounts.console.audited import user_of
from accounts.console.quantities import zone
from accounts.models import Organization

if TYPE_CHECKING:
    BasePicked = admin.RelatedFieldListFilter
    BaseDays = admin.FieldListFilter
else:
    BasePicked = AutocompleteSelectFilter
    BaseDays = RangeDateFilter


MOST_SHOWN = 60


class UnknownChoice(IncorrectLookupParameters):
    """A filter is asked for what it does not offer: by hand, or by an address kept from earlier.

    Nothing is listed then, and nothing exported, changed or commanded: all rows under the name of a filter would pass
    for those that match it.
    """

    def __init__(self, chosen: Any, value: str) -> None:
        shown = value if len(value) <= MOST_SHOWN else f"{value[:MOST_SHOWN]}…"
        super().__init__(f"The filter “{chosen.title}” has no value “{shown}” here, and was left out.")
        self.parameters: list[str] = chosen.expected_parameters()


def refuse_unknown(chosen: Any) -> None:
    """Raises UnknownChoice. What a filter of days or numbers cannot read, its own form says."""
    match chosen:
        case SimpleListFilter():
            asked = _values(chosen.value())
            offered = [value for value, _ in chosen.lookup_choices]
        case ScopedFilter():
            asked, offered = _values(chosen.lookup_val), [key for key, _ in chosen.lookup_choices]
        case ChoicesFieldListFilter():
            asked, offered = _values(chosen.lookup_val), [value for value, _ in chosen.field.flatchoices]
        case _:
            return
    for value in asked:
        if value not in map(str, offered):
            raise UnknownChoice(chosen, value)


def _values(asked: Any) -> list[str]:
    """What was asked for: Django keeps one value, several, or none."""
    return [] if asked is None else list(map(str, asked if isinstance(asked, list) else [asked]))


class ScopedFilter(admin.RelatedFieldListFilter):
    """Choices of a related row, from the user's organizations: for the few of which there are never many."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        visible = field.remote_field.model._default_manager.visible_to(request.user)
        choices: list[Any] = field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": visible.values("pk")},
        )
        return choices

    def has_output(self) -> bool:
        """Of one choice none is to be made, but what was asked for is always looked at."""
        return super().has_output() or self.lookup_val is not None


class PickedFilter(BasePicked):
    """Of many related rows one, found by typing. The list needs ``list_filter_submit``."""

    request: HttpRequest

    field: Any

    def choices(self, changelist: Any) -> Iterator[Any]:
        """What is chosen is named, and so it is looked for among the rows the user sees."""
        visible = self.field.remote_field.model._default_manager.visible_to(user_of(self.request))
        choice: Any
        for choice in super().choices(changelist):
            choice["form"].fields[self.lookup_kwarg].queryset = visible
            yield choice


class DaysFilter(BaseDays):
    """From a day to a day, both included. The list needs ``list_filter_submit``.

    Days are those of the organization; of people who see several in different zones, days of UTC.
    """

    def __init__(self, field: Any, request: HttpRequest, *more: Any, **named: Any) -> None:
        super().__init__(field, request, *more, **named)
        self.zone_name = _zone_of(request)
        self.title = f"{self.title} ({self.zone_name})"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if (first := self._day("from")) is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": self._midnight(first)})
        if (last := self._day("to")) is not None and last < date.max:
            queryset = queryset.filter(**{f"{self.field_path}__lt": self._midnight(last + timedelta(days=1))})
        return queryset

    def _day(self, end: str) -> date | None:
        """What cannot be read narrows nothing: the form says what is wrong with it."""
        typed = self.used_parameters.get(f"{self.field_path}_{end}")
        return parse_date_str(typed) if isinstance(typed, str) else None

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), zone(self.zone_name))


def _zone_of(request: HttpRequest) -> str:
    zones = Organization.objects.visible_to(user_of(request)).order_by().values_list("time_zone", flat=True).distinct()
    names = list(zones[:2])
    return names[0] if len(names) == 1 else "UTC"
