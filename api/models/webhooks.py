"""What happened, and who is told: written in the transaction of what happened, delivered afterwards."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from api.posting import problem_of
from stations.models import ChargingStation


class EventType(models.TextChoices):
    SESSION_STARTED = "session.started", "Session started"
    SESSION_ENDED = "session.ended", "Session ended"
    STATION_CONNECTED = "station.connected", "Station connected"
    STATION_DISCONNECTED = "station.disconnected", "Station disconnected"
    COMMAND_FINISHED = "command.finished", "Command finished"
    ANOMALY_OPENED = "anomaly.opened", "Anomaly opened"


class Event(models.Model):
    """Something that happened. What it happened to is added when it is taken up for delivery."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="events")
    station = models.ForeignKey(ChargingStation, null=True, on_delete=models.CASCADE, related_name="+")
    type = models.CharField(max_length=40, choices=EventType)
    subject_id = models.CharField(max_length=40, help_text="Key of the session, connection, command or anomaly")
    at = models.DateTimeField(default=timezone.now)
    data = models.JSONField(null=True, help_text="The subject as the API tells it; empty until it is taken up")
    is_taken_up = models.BooleanField(default=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["organization", "-id"]),
            models.Index(fields=["id"], condition=Q(is_taken_up=False), name="events_not_taken_up"),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} at {self.at:%Y-%m-%d %H:%M:%S}"


class WebhookEndpoint(models.Model):
    """An address of a program that wants to be told. Its secret is derived, so none is kept: see api/signing.py."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="webhook_endpoints")
    url = models.CharField(
        "URL", max_length=500, validators=[URLValidator(schemes=["https", "http"])], help_text="Where events are posted"
    )
    description = models.CharField(max_length=100, blank=True)
    events = ArrayField(models.CharField(max_length=40, choices=EventType), help_text="What it is told")
    secret_salt = models.UUIDField(default=uuid.uuid4, editable=False)
    is_enabled = models.BooleanField("enabled", default=True)
    failing_since = models.DateTimeField(null=True, editable=False, help_text="Empty after a delivery that worked")
    rests_until = models.DateTimeField(
        null=True, editable=False, help_text="Not asked before: somebody is asking it now, or it failed or was slow"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["url", "pk"]

    def __str__(self) -> str:
        return self.description or self.url

    def clean(self) -> None:
        """What is sure to be refused when it is posted to. What a name means is only known then."""
        if self.url and (problem := problem_of(self.url)):
            raise ValidationError({"url": problem})


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Given up"


class WebhookDelivery(models.Model):
    """One event for one endpoint, tried until it works or nobody believes in it any more."""

    organization_path = "endpoint__organization"

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    status = models.CharField(max_length=20, choices=DeliveryStatus, default=DeliveryStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now, help_text="Not tried before")
    response_code = models.PositiveSmallIntegerField(null=True)
    response_excerpt = models.CharField(max_length=300, blank=True, help_text="Begin of the answer, or what went wrong")
    last_attempt_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "webhook deliveries"
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_per_endpoint")]
        indexes = [
            models.Index(
                fields=["endpoint", "next_at"], condition=Q(status=DeliveryStatus.WAITING), name="deliveries_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.endpoint}"
