"""Forms for what can be asked of a station: each makes one of the neutral requests, or calls the service that does."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.models import User
from charging import services as charging
from charging.models import Session
from charging.profiles import RateUnit
from csms.console.tokens import TokenField
from smartcharging import services as smartcharging
from stations import commands
from stations.models import ChargingStation, Command
from stations.states import OcppVersion

# OCPP 1.6 asks for these by ExtendedTriggerMessage; for 2.x both are the same.
ONLY_EXTENDED = frozenset({commands.Trigger.LOG_STATUS, commands.Trigger.SIGN_CERTIFICATE})


def running_on(station: ChargingStation) -> QuerySet[Session]:
    return Session.objects.ongoing().filter(station=station).select_related("driver", "token").order_by("evse_number")


class CommandForm(forms.Form):
    """One kind of command. ``request`` makes the neutral request from valid input."""

    # The page lists the classes: a template would call them.
    do_not_call_in_templates: ClassVar[bool] = True

    slug: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str]
    explanation: ClassVar[str] = ""
    button: ClassVar[str] = "Send"
    is_in_panel: ClassVar[bool] = True
    # The neutral request of those for which each station of many has a record of its own.
    asks: ClassVar[str] = ""
    # The page where it goes on once it is sent; empty: the dialog shows the command's result.
    goes_on_at = ""

    def __init__(self, station: ChargingStation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.station = station
        self.prepare()

    def prepare(self) -> None:
        """Fill the choices that depend on the station."""

    def request(self) -> Any:
        raise NotImplementedError

    def send(self, by: User) -> Command:
        return self.ask(self.station, by=by)

    def ask(self, station: ChargingStation, *, by: User, expires_in: timedelta = commands.DEFAULT_EXPIRY) -> Command:
        """Of the station, or of one of many for which the form was filled in once."""
        return commands.send(station, self.request(), by=by, expires_in=expires_in)

    def told(self) -> dict[str, str]:
        """What was chosen, for people to read."""
        given = {name: self[name].value() for name in self.fields}
        given |= {name: row for name, row in self.cleaned_data.items() if isinstance(row, Model)}
        return {name: str(value) for name, value in given.items() if value not in (None, "")}

    def ends_sessions(self) -> bool:
        """Whether sending it may end running sessions: then they are named and the button is red."""
        return False

    def evse_field(self, label: str = "EVSE", *, empty: str | None = None) -> forms.TypedChoiceField:
        choices: list[tuple[str, str]] = [("", empty)] if empty else []
        for evse in self.station.evses.all() if self.station.pk else ():
            choices.append((str(evse.number), f"EVSE {evse.number}" + (f" · {evse.name}" if evse.name else "")))
        return forms.TypedChoiceField(
            label=label,
            choices=choices,
            coerce=int,
            empty_value=None,
            required=empty is None,
            widget=UnfoldAdminSelectWidget,
        )


class RemoteStartForm(CommandForm):
    slug = "start"
    title, icon, button = "Start", "play_arrow", "Start charging"
    explanation = "Starts charging for a token, as if it had been presented at the station."

    def prepare(self) -> None:
        self.fields["evse"] = self.evse_field(empty="Any free EVSE")
        self.fields["token"] = TokenField(self.station.organization_id, usable=True)
        self.fields["limit"] = forms.DecimalField(
            label="Limit (A)",
            required=False,
            min_value=0,
            max_value=1000,
            decimal_places=1,
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
            help_text="Amperes per phase that this session may draw; empty: as much as it gets",
        )

    def send(self, by: User) -> Command:
        chosen = self.cleaned_data
        if chosen["limit"] is None:
            return charging.remote_start(station=self.station, evse_number=chosen["evse"], token=chosen["token"], by=by)
        return smartcharging.remote_start_limited(
            station=self.station,
            evse_number=chosen["evse"],
            token=chosen["token"],
            limit=float(chosen["limit"]),
            unit=RateUnit.AMPERES,
            by=by,
        )


class SessionField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        who = obj.driver or obj.token or obj.masked_token or "nobody"
        return f"EVSE {obj.evse_number or '?'} · {who} · {obj.energy_wh / 1000:.2f} kWh"


class RemoteStopForm(CommandForm):
    slug = "stop"
    title, icon, button = "Stop", "stop_circle", "Stop charging"
    explanation = "Ends a running session. The station then reports its end and the final meter reading."

    def prepare(self) -> None:
        sessions = running_on(self.station)
        self.fields["session"] = SessionField(
            queryset=sessions, widget=UnfoldAdminSelectWidget, empty_label=None, initial=self.initial.get("session")
        )

    def send(self, by: User) -> Command:
        return charging.remote_stop(session=self.cleaned_data["session"], by=by)


class ResetForm(CommandForm):
    slug = "reset"
    title, icon, button = "Reset", "restart_alt", "Reset"
    explanation = "Restarts the station. Soft waits for running sessions where the station can; hard does not."

    kind = forms.ChoiceField(
        choices=[("soft", "Soft: end or wait, then restart"), ("hard", "Hard: restart now")],
        initial="soft",
        widget=UnfoldAdminSelectWidget,
    )

    def request(self) -> Any:
        return commands.Reset(kind=commands.ResetKind(self.cleaned_data["kind"]))

    def ends_sessions(self) -> bool:
        return True


class UnlockForm(CommandForm):
    slug = "unlock"
    title, icon, button = "Unlock", "lock_open", "Unlock the cable"
    explanation = "Opens the cable lock, for a driver whose cable is stuck. A running session there may end."

    def prepare(self) -> None:
        self.fields["evse"] = self.evse_field()
        self.fields["connector"] = forms.IntegerField(
            initial=1, min_value=1, max_value=10, widget=UnfoldAdminIntegerFieldWidget
        )

    def request(self) -> Any:
        return commands.UnlockConnector(self.cleaned_data["evse"], self.cleaned_data["connector"])

    def ends_sessions(self) -> bool:
        return True


class AvailabilityForm(CommandForm):
    slug = "availability"
    title, icon, button = "Availability", "power_settings_new", "Change availability"
    explanation = "Takes an EVSE or the station out of service, or puts it back. Running sessions end first."

    operative = forms.ChoiceField(
        label="Should be",
        choices=[("yes", "In service"), ("no", "Out of service")],
        widget=UnfoldAdminSelectWidget,
    )

    def prepare(self) -> None:
        self.fields["evse"] = self.evse_field(empty="Whole station")

    def ends_sessions(self) -> bool:
        return True

    def request(self) -> Any:
        return commands.ChangeAvailability(self.cleaned_data["operative"] == "yes", self.cleaned_data["evse"])


class TriggerForm(CommandForm):
    slug = "trigger"
    title, icon, button = "Ask for a message", "refresh", "Ask"
    explanation = "Asks the station to send a message now, and shows when it comes."

    message = forms.ChoiceField(
        choices=[(trigger.value, trigger.value) for trigger in commands.Trigger],
        initial=commands.Trigger.STATUS_NOTIFICATION.value,
        widget=UnfoldAdminSelectWidget,
    )

    def prepare(self) -> None:
        self.fields["evse"] = self.evse_field(empty="Whole station")
        if self.station.ocpp_version in ("", OcppVersion.V16):
            self.fields["extended"] = forms.BooleanField(
                label="By the security extension",
                required=False,
                widget=UnfoldBooleanWidget,
                help_text="ExtendedTriggerMessage; some messages can be asked for only so",
            )

    def request(self) -> Any:
        message = commands.Trigger(self.cleaned_data["message"])
        is_extended = self.cleaned_data.get("extended") or message in ONLY_EXTENDED
        kind = commands.ExtendedTriggerMessage if is_extended else commands.TriggerMessage
        return kind(message, self.cleaned_data["evse"])


class ClearCacheForm(CommandForm):
    slug = "clear-cache"
    title, icon, button = "Clear cache", "delete_sweep", "Clear the cache"
    explanation = "Makes the station forget which tokens it saw accepted. Each will be asked for again."

    def request(self) -> Any:
        return commands.ClearCache()
