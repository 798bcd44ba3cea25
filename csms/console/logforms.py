"""The form that asks a station for its logs."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from csms.console.commandforms import CommandForm
from firmware.commands import Tries
from firmware.models import FileLocation
from firmware.services import request_log
from firmware.states import LogKind
from stations.commands import DEFAULT_EXPIRY
from stations.models import ChargingStation, Command
from stations.states import OcppVersion


class MomentField(forms.DateTimeField):
    """Entered in the station's zone; the form says which."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
        super().__init__(required=False, widget=widget, **kwargs)


def in_zone(entered: datetime | None, zone: str) -> datetime | None:
    """Django has read it in its own zone, which is not the station's."""
    return None if entered is None else timezone.make_naive(entered).replace(tzinfo=ZoneInfo(zone))


class GetLogForm(CommandForm):
    slug = "get-log"
    is_in_panel = False
    asks = "GetLog"
    title, icon, button = "Get logs", "call_received", "Get"
    explanation = "Asks the station to upload its diagnostics or a log. The file appears on this page when it has come."

    kind = forms.ChoiceField(label="What", choices=LogKind, widget=UnfoldAdminSelectWidget)
    location = forms.ModelChoiceField(
        label="To",
        queryset=FileLocation.objects.none(),
        required=False,
        empty_label="This server (HTTP)",
        widget=UnfoldAdminSelectWidget,
        help_text="File servers of your own are under “File locations”.",
    )
    oldest_at = MomentField(label="Entries from")
    latest_at = MomentField(label="Entries until")
    retries = forms.IntegerField(
        required=False, min_value=0, max_value=20, widget=UnfoldAdminIntegerFieldWidget, help_text="Of the upload"
    )
    retry_interval_s = forms.IntegerField(
        label="Seconds between retries",
        required=False,
        min_value=0,
        max_value=86_400,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def prepare(self) -> None:
        self.fields["location"].queryset = FileLocation.objects.filter(  # type: ignore[attr-defined]
            organization=self.station.organization_id
        )
        self.fields["oldest_at"].help_text = f"Local time at the station ({self.station.time_zone})"
        version = self.station.ocpp_version
        kinds = [kind for kind in LogKind if kind != LogKind.DATA_COLLECTOR or version == OcppVersion.V21]
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("oldest_at", "latest_at"):
            cleaned[name] = in_zone(cleaned.get(name), self.station.time_zone)
        oldest, latest = cleaned.get("oldest_at"), cleaned.get("latest_at")
        if oldest and latest and oldest >= latest:
            self.add_error("latest_at", "This is before the first.")
        return cleaned

    def ask(self, station: ChargingStation, *, by: User, expires_in: timedelta = DEFAULT_EXPIRY) -> Command:
        chosen = dict(self.cleaned_data)
        kind, tries = LogKind(chosen.pop("kind")), Tries(chosen.pop("retries"), chosen.pop("retry_interval_s"))
        log = request_log(station=station, kind=kind, by=by, tries=tries, expires_in=expires_in, **chosen)
        assert log.command is not None  # noqa: S101 - it was sent just now
        return log.command
