"""Forms that keep a place free, and give it free again."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from accounts.console.quantities import relative
from accounts.models import User
from charging import services as charging
from charging.models import Reservation
from csms.console.commandforms import CommandForm
from csms.console.tokens import TokenField
from stations.connector_types import ConnectorType
from stations.models import Command
from stations.states import OcppVersion

LONGEST_MINUTES = 24 * 60


class ReserveForm(CommandForm):
    slug = "reserve"
    title, icon, button = "Reserve", "bookmark", "Reserve"
    explanation = (
        "Keeps an EVSE free for a token, and for the tokens of its group. The reservation ends when one of them "
        "charges, when the time is over, or when it is cancelled."
    )

    def prepare(self) -> None:
        self.fields["evse"] = self.evse_field(empty="Any EVSE of the station")
        if self.station.ocpp_version != OcppVersion.V16:
            self.fields["connector_type"] = forms.ChoiceField(
                label="Kind of connector",
                choices=[("", "Any"), *self._types()],
                required=False,
                widget=UnfoldAdminSelectWidget,
            )
        self.fields["token"] = TokenField(self.station.organization_id, usable=True)
        self.fields["minutes"] = forms.IntegerField(
            label="For how many minutes",
            initial=30,
            min_value=1,
            max_value=LONGEST_MINUTES,
            widget=UnfoldAdminIntegerFieldWidget,
        )

    def _types(self) -> list[tuple[str, str]]:
        """What the station has, as far as we know."""
        found = self.station.evses.values_list("connectors__type", flat=True).distinct().order_by()
        kinds = {kind for kind in found if kind} - {str(ConnectorType.UNKNOWN)}
        return [(str(kind.value), str(kind.label)) for kind in ConnectorType if kind.value in kinds]

    def send(self, by: User) -> Command:
        reservation = charging.reserve(
            station=self.station,
            evse_number=self.cleaned_data["evse"],
            connector_type=self.cleaned_data.get("connector_type", ""),
            token=self.cleaned_data["token"],
            expires_at=timezone.now() + timedelta(minutes=self.cleaned_data["minutes"]),
            by=by,
        )
        if reservation.command is None:
            raise RuntimeError("A reservation is asked for by a command.")
        return reservation.command


class ReservationField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        place = f"EVSE {obj.evse_number}" if obj.evse_number else "Any EVSE"
        return f"{place} · {obj.token.driver or obj.token} · ends {relative(timezone.now() - obj.expires_at)}"


class CancelReservationForm(CommandForm):
    slug = "cancel-reservation"
    title, icon, button = "Cancel a reservation", "event_busy", "Cancel the reservation"
    explanation = "Gives a reserved place free again."
    is_in_panel = False

    def prepare(self) -> None:
        held = Reservation.objects.open().filter(station=self.station.pk)
        self.fields["reservation"] = ReservationField(
            queryset=held.select_related("token__driver"),
            widget=UnfoldAdminSelectWidget,
            empty_label=None,
            initial=self.initial.get("reservation"),
        )

    def send(self, by: User) -> Command:
        return charging.cancel_reservation(reservation=self.cleaned_data["reservation"], by=by)
