"""The form that updates the firmware of a station."""

from datetime import timedelta
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from accounts.models import User
from csms.console.commandforms import CommandForm
from csms.console.logforms import MomentField, in_zone
from firmware.commands import Tries
from firmware.models import Firmware
from firmware.services import request_update
from stations.commands import DEFAULT_EXPIRY
from stations.models import ChargingStation, Command


class FirmwareField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · signed" if obj.is_signed else str(obj)


class UpdateFirmwareForm(CommandForm):
    slug = "update-firmware"
    title, icon, button = "Update firmware", "memory", "Update"
    explanation = "The station fetches the file and installs it, usually with a reboot. A running update is given up."
    is_in_panel = False
    asks = "UpdateFirmware"

    signing = forms.ChoiceField(
        label="Signature",
        choices=[("", "Send it if there is one"), ("no", "Without: the station does not know signatures")],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    retrieve_at = MomentField(label="Fetch it from")
    install_at = MomentField(label="Install it from")
    retries = forms.IntegerField(required=False, min_value=0, max_value=20, widget=UnfoldAdminIntegerFieldWidget)
    retry_interval_s = forms.IntegerField(
        label="Seconds between retries",
        required=False,
        min_value=0,
        max_value=86_400,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def prepare(self) -> None:
        rows = Firmware.objects.filter(organization=self.station.organization_id)
        fitting = [row.pk for row in rows if not row.why_not_for(self.station)]
        field = FirmwareField(
            label="Firmware",
            queryset=rows.filter(pk__in=fitting),
            widget=UnfoldAdminSelectWidget,
            help_text=self._firmware_now(is_any=bool(fitting)),
        )
        self.fields = {"firmware": field, **self.fields}
        self.fields["retrieve_at"].help_text = f"Local time at the station ({self.station.time_zone}); empty: now"

    def _firmware_now(self, *, is_any: bool) -> str:
        if not self.station.pk:
            return "Stations of another vendor or model are left out, and listed."
        has = f"The station has {self.station.firmware_version or 'told no version yet'}."
        return (
            has if is_any else f"{has} None fits it yet: add a file, or where the manufacturer has it, under Firmware."
        )

    def ends_sessions(self) -> bool:
        return True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("retrieve_at", "install_at"):
            cleaned[name] = in_zone(cleaned.get(name), self.station.time_zone)
        return cleaned

    def ask(self, station: ChargingStation, *, by: User, expires_in: timedelta = DEFAULT_EXPIRY) -> Command:
        chosen = dict(self.cleaned_data)
        is_signed = False if chosen.pop("signing") == "no" else None
        tries = Tries(chosen.pop("retries"), chosen.pop("retry_interval_s"))
        update = request_update(
            station=station, by=by, is_signed=is_signed, tries=tries, expires_in=expires_in, **chosen
        )
        assert update.command is not None  # noqa: S101 - it was sent just now
        return update.command
