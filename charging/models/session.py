"""The act of charging; OCPP calls it a transaction."""

from collections.abc import Callable
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from charging.states import AnomalyKind, SessionStatus
from drivers.masking import mask
from drivers.models import Driver, IdToken
from drivers.states import AuthorizationStatus
from stations.models import ChargingStation


class SessionQuerySet(TenantQuerySet["Session"]):
    """Sessions, asked about their end."""

    def ongoing(self) -> Self:
        return self.filter(ended_at=None)

    def ended(self) -> Self:
        return self.filter(ended_at__isnull=False)

    def awaiting_stop(self) -> Self:
        """Ongoing, and nobody said yet that the stop is missing: where no stop ever comes, the others pile up."""
        return self.ongoing().exclude(anomalies__kind=AnomalyKind.MISSING_STOP)

    def awaiting_stop_at(self, evse_number: int | None) -> Self:
        return self.awaiting_stop().filter(evse_number=evse_number or 0)


class Session(models.Model):
    """One car at one EVSE, from start to stop. Energy is integer Wh; registers are kept as reported.

    OCPP 2.x: the station names the transaction. OCPP 1.6: we do, by this row's key, and a start is recognised
    again by (station, EVSE, token, time, meter).
    """

    masked_fields: ClassVar[dict[str, Callable[[str], str]]] = {"token_key": mask, "stop_token_key": mask}

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sessions")
    station = models.ForeignKey(ChargingStation, on_delete=models.PROTECT, related_name="sessions")
    evse_number = models.PositiveSmallIntegerField(null=True, help_text="Empty until the station tells")
    connector_number = models.PositiveSmallIntegerField(null=True)
    transaction_id = models.CharField(max_length=36)
    start_key = models.CharField(
        max_length=64, blank=True, editable=False, help_text="OCPP 1.6: digest by which a repeated start is known"
    )

    stop_key = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Digest by which a repeated stop is known"
    )

    token = models.ForeignKey(IdToken, null=True, on_delete=models.PROTECT, related_name="sessions")
    token_key = models.CharField(max_length=255, blank=True, help_text="As presented, folded to lower case")
    token_type = models.CharField(max_length=20, blank=True)
    driver = models.ForeignKey(Driver, null=True, on_delete=models.PROTECT, related_name="sessions")
    authorization_status = models.CharField(max_length=20, choices=AuthorizationStatus, blank=True)
    stop_token_key = models.CharField(max_length=255, blank=True)
    reservation_id = models.BigIntegerField(null=True)
    remote_start_id = models.BigIntegerField(null=True)

    status = models.CharField(max_length=20, choices=SessionStatus, default=SessionStatus.PREPARING)
    started_at = models.DateTimeField(help_text="Station's time; ours where the station's cannot be true")
    ended_at = models.DateTimeField(null=True, help_text="Station's time; ours where the station's cannot be true")
    stop_reason = models.CharField(max_length=40, blank=True)
    was_offline = models.BooleanField(default=False, help_text="Reported after the station had been offline")
    start_received_at = models.DateTimeField(null=True, help_text="Empty: the start never came")
    end_received_at = models.DateTimeField(null=True)

    meter_start_wh = models.BigIntegerField(null=True, help_text="Register at the start, as reported")
    meter_stop_wh = models.BigIntegerField(null=True, help_text="Register at the end, as reported")
    energy_wh = models.BigIntegerField(default=0, help_text="Delivered so far, from registers")
    register_wh = models.BigIntegerField(null=True, help_text="Newest register reading")
    register_base_wh = models.BigIntegerField(
        null=True, editable=False, help_text="Where the readings count from: start register, zero, or first reading"
    )
    power_w = models.FloatField(null=True, help_text="Newest power reading")
    soc_percent = models.FloatField(null=True, help_text="Newest state of charge of the car")
    last_reading_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(default=timezone.now, help_text="When we last heard of it")

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["station", "transaction_id"], name="unique_transaction"),
            models.UniqueConstraint(
                fields=["station", "start_key"], condition=~models.Q(start_key=""), name="unique_start"
            ),
            models.CheckConstraint(condition=models.Q(energy_wh__gte=0), name="energy_not_negative"),
        ]
        indexes = [
            models.Index(fields=["organization", "-started_at"]),
            models.Index(
                fields=["organization", "-ended_at"],
                condition=models.Q(ended_at__isnull=False),
                name="sessions_by_end",
            ),
            models.Index(fields=["station", "-started_at"]),
            models.Index(fields=["station", "evse_number"], condition=models.Q(ended_at=None), name="ongoing_sessions"),
            models.Index(fields=["driver", "-started_at"]),
            models.Index(fields=["-started_at", "-id"], name="sessions_by_start"),
            models.Index(fields=["transaction_id"], name="sessions_by_transaction"),
        ]

    def __str__(self) -> str:
        place = f" / EVSE {self.evse_number}" if self.evse_number else ""
        return f"{self.station}{place} at {self.started_at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_ongoing(self) -> bool:
        return self.ended_at is None

    @property
    def masked_token(self) -> str:
        return mask(self.token_key.upper()) if self.token_key else ""


class SessionEvent(models.Model):
    """One TransactionEvent of OCPP 2.x: its place in the station's sequence. Repeats are kept once."""

    organization_path = "session__organization"

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="events")
    sequence_number = models.BigIntegerField()
    type = models.CharField(max_length=10)
    trigger = models.CharField(max_length=40)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_offline = models.BooleanField(default=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["session", "sequence_number", "at"]
        constraints = [
            models.UniqueConstraint(fields=["session", "sequence_number", "at", "type"], name="unique_session_event")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.sequence_number} ({self.trigger})"
