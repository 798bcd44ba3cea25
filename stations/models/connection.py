"""Gateways and the sockets they hold; handshakes that were refused."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from stations.states import REFUSAL_ADVICE, OcppVersion, RefusalCause, RefusalHandling, SecurityProfile

# RFC 6455 §7.4.1, as staff need it.
CLOSE_CODES = {
    "1000": "one side was done",
    "1001": "one side stopped or restarted",
    "1002": "a frame that is no WebSocket",
    "1006": "without a goodbye, as when network or power is lost",
    "1009": "a message was too large",
    "1011": "an error at the other side",
}


class GatewayProcess(models.Model):
    """A running gateway. While it lives it renews its lease; without it its stations count as offline."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    started_at = models.DateTimeField(auto_now_add=True)
    lease_until = models.DateTimeField(db_index=True)
    given_up_at = models.DateTimeField(
        null=True, editable=False, help_text="From then on its connections are closed: it did not renew its lease"
    )

    class Meta:
        verbose_name_plural = "gateway processes"

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_alive(self) -> bool:
        return self.lease_until > timezone.now()


class StationConnectionQuerySet(TenantQuerySet["StationConnection"]):
    """Sockets, asked whether somebody holds them."""

    def alive(self) -> Self:
        """By the index of open ones: closed ones stay for the history, and there are many."""
        return self.filter(closed_at=None, gateway__lease_until__gt=Now())


class StationConnection(models.Model):
    """One WebSocket of a station, from accept to close. Its id is the token by which commands are claimed."""

    organization_path = "station__organization"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    station = models.ForeignKey("ChargingStation", on_delete=models.CASCADE, related_name="connections")
    gateway = models.ForeignKey(GatewayProcess, on_delete=models.PROTECT, related_name="connections")
    ocpp_version = models.CharField("OCPP version", max_length=10, choices=OcppVersion)
    security_profile = models.PositiveSmallIntegerField(choices=SecurityProfile)
    certificate = models.ForeignKey(
        "StationCertificate",
        null=True,
        on_delete=models.SET_NULL,
        related_name="connections",
        help_text="Of ours, by which the station came in",
    )
    address = models.GenericIPAddressField(null=True)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=200, blank=True)

    objects = StationConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at"]
        indexes = [
            models.Index(fields=["station", "-opened_at"]),
            models.Index(fields=["-opened_at"], name="connections_by_opening"),
            models.Index(fields=["-closed_at"], name="connections_by_closing"),
            models.Index(fields=["gateway"], condition=models.Q(closed_at=None), name="open_connections"),
        ]

    def __str__(self) -> str:
        return f"{self.station} at {self.opened_at:%Y-%m-%d %H:%M:%S}"

    @property
    def close_told(self) -> str:
        """Why it ended, with what the number of a close means."""
        code = self.close_reason.removeprefix("closed with code ")
        return f"{self.close_reason}: {CLOSE_CODES[code]}" if code in CLOSE_CODES else self.close_reason


class RejectedConnection(models.Model):
    """A refused handshake: one row per identity, address and cause, with a count."""

    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.CASCADE, related_name="rejected_connections"
    )
    station = models.ForeignKey(
        "ChargingStation", null=True, on_delete=models.CASCADE, related_name="rejected_connections"
    )
    identity = models.CharField(max_length=255, help_text="As the charger sent it")
    cause = models.CharField(max_length=20, choices=RefusalCause)
    address = models.GenericIPAddressField(null=True)
    path = models.CharField(max_length=500)
    subprotocols = models.CharField(max_length=200, blank=True, help_text="OCPP versions the charger offered")
    headers = models.JSONField(default=dict, help_text="Request headers without credentials")
    detail = models.CharField(max_length=300, blank=True, help_text="What was wrong, as far as it is known")
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    tries_at = ArrayField(models.DateTimeField(), default=list, editable=False, help_text="The newest, newest first")
    handling = models.CharField(max_length=10, choices=RefusalHandling, default=RefusalHandling.OPEN)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at"]
        verbose_name = "refused connection"
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "address", "cause"], name="one_row_per_refusal", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(fields=["organization", "-last_at"]),
            models.Index(fields=["address", "first_at"], name="refusals_of_address"),
        ]

    def __str__(self) -> str:
        return f"{self.identity or 'nobody'}: {self.get_cause_display()}"

    @property
    def advice(self) -> str:
        return REFUSAL_ADVICE[RefusalCause(self.cause)]
