"""Forms that send limits over time, clear them, and ask what follows from them."""

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.console.quantities import zone
from accounts.models import User
from charging.profiles import Kind, Period, Purpose, RateUnit, Recurrency
from csms.console.anomalies import LocalTimeInput
from csms.console.commandforms import CommandForm, SessionField, running_on
from smartcharging import services as smartcharging
from smartcharging.commands import ClearChargingProfile, GetChargingProfiles, GetCompositeSchedule
from smartcharging.models import ChargingProfile
from stations.commands import DEFAULT_EXPIRY
from stations.models import ChargingStation, Command

# "0:30 16" or "24:00 7.4 1": time from the begin, limit, phases.
LINE = re.compile(r"\+?(\d{1,3}):([0-5]\d)\s+(\d{1,8}(?:[.,]\d)?)(?:\s+([123]))?")
SCHEDULES = {
    "now": "From now on",
    "at": "From a time on",
    "session": "From the start of the session",
    "daily": "Every day, from midnight",
    "weekly": "Every week, from Monday midnight",
}
KINDS = {"now": Kind.ABSOLUTE, "at": Kind.ABSOLUTE, "session": Kind.RELATIVE}
LONGEST_HOURS = 24 * 366


def periods_of(text: str) -> tuple[Period, ...]:
    """One a line. Raises ValidationError with the line that cannot be read."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return tuple(_period(number, line) for number, line in enumerate(lines, start=1))


def _period(number: int, line: str) -> Period:
    match = LINE.fullmatch(line)
    if match is None:
        raise forms.ValidationError(f"Line {number} is no period: write a time and a limit, as in 0:30 16")
    hours, minutes, limit, phases = match.groups()
    start_s = int(hours) * 3600 + int(minutes) * 60
    return Period(start_s, float(limit.replace(",", ".")), int(phases) if phases else None)


class SetProfileForm(CommandForm):
    slug = "set-profile"
    asks = "SetChargingProfile"
    title, icon, button = "Set a limit", "speed", "Set the limit"
    explanation = (
        "Sends a charging profile. Of several the highest stack level counts, and of station, session and hardware the "
        "lowest limit. One at the same place, with the same purpose and stack level, is replaced."
    )

    purpose = forms.ChoiceField(
        label="What it limits",
        choices=Purpose.choices,
        initial=Purpose.TX_DEFAULT,
        widget=UnfoldAdminSelectWidget,
    )

    def prepare(self) -> None:
        self.fields["evse"] = self.evse_field(empty="Whole station")
        self._offer_sessions()
        self.fields["unit"] = forms.ChoiceField(choices=RateUnit.choices, widget=UnfoldAdminSelectWidget)
        self.fields["schedule"] = forms.ChoiceField(
            label="When", choices=list(SCHEDULES.items()), widget=UnfoldAdminSelectWidget
        )
        self.fields["periods"] = forms.CharField(
            label="Limits",
            initial="0:00 16",
            max_length=5000,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
            help_text="One a line: hours and minutes from the begin, the limit, and phases if they are not 3. "
            "Below 6 A cars pause.",
        )
        self.fields["hours"] = forms.DecimalField(
            label="For how many hours",
            required=False,
            min_value=0,
            max_value=LONGEST_HOURS,
            decimal_places=2,
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
            help_text="Empty: without an end",
        )
        self.fields["start_at"] = forms.DateTimeField(label="Begins", required=False, widget=LocalTimeInput)
        self.fields["valid_from"] = forms.DateTimeField(label="Valid from", required=False, widget=LocalTimeInput)
        self.fields["valid_to"] = forms.DateTimeField(label="Valid until", required=False, widget=LocalTimeInput)
        self.fields["stack_level"] = forms.IntegerField(
            label="Stack level", initial=0, min_value=0, max_value=1000, widget=UnfoldAdminIntegerFieldWidget
        )
        if self.initial.get("session"):
            self.initial["purpose"] = Purpose.TX

    def _offer_sessions(self) -> None:
        """Of one station only: what is sent to many names no session."""
        if not self.station.pk:
            purposes = [choice for choice in Purpose.choices if choice[0] != Purpose.TX]
            self.fields["purpose"].choices = purposes  # type: ignore[attr-defined]
            return
        self.fields["session"] = SessionField(
            queryset=running_on(self.station),
            widget=UnfoldAdminSelectWidget,
            required=False,
            empty_label="None",
            initial=self.initial.get("session"),
            help_text="For the limit of one session",
        )

    def clean_periods(self) -> tuple[Period, ...]:
        return periods_of(self.cleaned_data["periods"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("schedule") == "at" and not cleaned.get("start_at"):
            self.add_error("start_at", "When does it begin?")
        return cleaned

    def ask(self, station: ChargingStation, *, by: User, expires_in: timedelta = DEFAULT_EXPIRY) -> Command:
        row = smartcharging.set_profile(station=station, wish=self._wish(station), by=by, expires_in=expires_in)
        if row.command is None:
            raise RuntimeError("A profile is sent by a command.")
        return row.command

    def _wish(self, station: ChargingStation) -> smartcharging.Wish:
        chosen = self.cleaned_data
        schedule, hours = chosen["schedule"], chosen["hours"]
        purpose = Purpose(chosen["purpose"])
        return smartcharging.Wish(
            purpose=purpose,
            kind=KINDS.get(schedule, Kind.RECURRING),
            unit=RateUnit(chosen["unit"]),
            periods=chosen["periods"],
            evse_number=chosen["evse"] or 0,
            stack_level=chosen["stack_level"],
            recurrency=Recurrency(schedule) if schedule in Recurrency.values else None,
            start_at=self._start_at(schedule, station),
            duration_s=int(hours * 3600) if hours else None,
            valid_from=self._at("valid_from", station),
            valid_to=self._at("valid_to", station),
            session=chosen.get("session") if purpose == Purpose.TX else None,
        )

    def _start_at(self, schedule: str, station: ChargingStation) -> datetime | None:
        """Midnight is that of the station's place; a begin in the past leaves no gap (OCPP 1.6 §3.13.2)."""
        now = timezone.now().astimezone(zone(station.time_zone)).replace(microsecond=0)
        midnight = now.replace(hour=0, minute=0, second=0)
        starts = {"now": now, "daily": midnight, "weekly": midnight - timedelta(days=now.weekday())}
        return self._at("start_at", station) if schedule == "at" else starts.get(schedule)

    def _at(self, name: str, station: ChargingStation) -> datetime | None:
        """Django took it for a time of the server's zone."""
        entered: datetime | None = self.cleaned_data[name]
        return entered.replace(tzinfo=zone(station.time_zone)) if entered else None


class ProfileField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        place = f"EVSE {obj.evse_number}" if obj.evse_number else "Whole station"
        return f"{place} · {obj.get_purpose_display()} · level {obj.stack_level}"


class ClearProfileForm(CommandForm):
    slug = "clear-profile"
    title, icon, button = "Clear limits", "delete_sweep", "Clear"
    explanation = "Removes one charging profile, or all that match. Cars may at once draw more power."
    is_in_panel = False

    def prepare(self) -> None:
        held = ChargingProfile.objects.held().filter(station=self.station.pk)
        self.fields["profile"] = ProfileField(
            label="Which",
            queryset=held,
            required=False,
            empty_label="All that match",
            widget=UnfoldAdminSelectWidget,
            initial=self.initial.get("profile"),
        )
        self.fields["evse"] = self.evse_field(empty="Any place")
        self.fields["purpose"] = forms.ChoiceField(
            choices=[("", "Any purpose"), *Purpose.choices], required=False, widget=UnfoldAdminSelectWidget
        )
        self.fields["stack_level"] = forms.IntegerField(
            label="Stack level", required=False, min_value=0, max_value=1000, widget=UnfoldAdminIntegerFieldWidget
        )

    def ends_sessions(self) -> bool:
        """It ends none, but whoever charges there draws another power."""
        return False

    def send(self, by: User) -> Command:
        chosen = self.cleaned_data
        if chosen["profile"]:
            criteria = ClearChargingProfile(number=chosen["profile"].number)
        else:
            purpose = Purpose(chosen["purpose"]) if chosen["purpose"] else None
            criteria = ClearChargingProfile(
                evse_number=chosen["evse"], purpose=purpose, stack_level=chosen["stack_level"]
            )
        return smartcharging.clear_profiles(station=self.station, criteria=criteria, by=by)


class ClearPurposeForm(CommandForm):
    """For many stations at once, whose profiles have other numbers each."""

    slug = "clear-profile"
    title, icon, button = "Clear limits", "delete_sweep", "Clear"
    explanation = "Removes all charging profiles of a purpose. Cars may at once draw more power."

    purpose = forms.ChoiceField(choices=Purpose, widget=UnfoldAdminSelectWidget)

    def request(self) -> Any:
        return ClearChargingProfile(purpose=Purpose(self.cleaned_data["purpose"]))


class ProfilesForm(CommandForm):
    slug = "profiles"
    title, icon, button = "Ask for profiles", "list_alt", "Ask"
    explanation = "Asks an OCPP 2.x station which charging profiles it holds. They appear among its limits."
    is_in_panel = False

    def request(self) -> Any:
        return GetChargingProfiles()


class ScheduleForm(CommandForm):
    slug = "schedule"
    title, icon, button = "Ask for the schedule", "schedule", "Ask"
    explanation = "Asks for the limits that follow from all profiles together, to be drawn beside what we expect."
    is_in_panel = False

    hours = forms.IntegerField(initial=24, min_value=1, max_value=7 * 24, widget=UnfoldAdminIntegerFieldWidget)
    unit = forms.ChoiceField(
        choices=[("", "As the station likes"), *RateUnit.choices], required=False, widget=UnfoldAdminSelectWidget
    )

    def prepare(self) -> None:
        self.fields["evse"] = self.evse_field(empty="Whole station")

    def request(self) -> Any:
        chosen = self.cleaned_data
        unit = RateUnit(chosen["unit"]) if chosen["unit"] else None
        return GetCompositeSchedule(chosen["evse"] or 0, chosen["hours"] * 3600, unit)
