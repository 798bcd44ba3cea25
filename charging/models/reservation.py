"""An EVSE kept free for a token until a time."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from charging.models.session import Session
from charging.states import OPEN_RESERVATION_STATUSES, ReservationStatus
from drivers.models import IdToken
from stations.connector_types import ConnectorType
from stations.models import ChargingStation, Command


class ReservationQuerySet(TenantQuerySet["Reservation"]):
    """Reservations, asked about what they still keep free."""

    def open(self) -> Self:
        """What the station keeps, may keep, or is asked to keep."""
        return self.filter(status__in=sorted(OPEN_RESERVATION_STATUSES))


class Reservation(models.Model):
    """Its key is the id the station knows it by. Without an EVSE: any EVSE of the station, one stays free."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="reservations")
    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="reservations")
    evse_number = models.PositiveSmallIntegerField("EVSE", null=True, help_text="Empty: any EVSE of the station")
    connector_type = models.CharField(max_length=20, choices=ConnectorType, blank=True)
    token = models.ForeignKey(IdToken, on_delete=models.PROTECT, related_name="reservations")
    group_id = models.CharField(max_length=20, blank=True, help_text="Tokens of this group may use it too")
    expires_at = models.DateTimeField(help_text="The station keeps it until then")

    status = models.CharField(max_length=20, choices=ReservationStatus, default=ReservationStatus.REQUESTED)
    detail = models.CharField(max_length=500, blank=True, help_text="What became of it, in one sentence")
    command = models.ForeignKey(
        Command, null=True, on_delete=models.SET_NULL, related_name="+", help_text="By which the station was asked"
    )
    session = models.ForeignKey(
        Session, null=True, on_delete=models.PROTECT, related_name="reservations", help_text="That used it"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="reservations"
    )
    requested_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, help_text="When it was used, cancelled or over")

    objects = ReservationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(evse_number=None) | models.Q(evse_number__gte=1), name="reserved_evse_from_1"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="reservations_of_organization"),
            models.Index(
                fields=["station"],
                condition=models.Q(status__in=sorted(OPEN_RESERVATION_STATUSES)),
                name="open_reservations",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} for {self.token}"

    @property
    def place(self) -> str:
        return f"{self.station} / EVSE {self.evse_number}" if self.evse_number else str(self.station)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_RESERVATION_STATUSES
