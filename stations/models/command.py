"""What we want a charger to do, as a row: queued, sent, answered."""

import re
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.scoping import TenantQuerySet
from stations.states import FAILED_COMMAND_STATUSES, OPEN_COMMAND_STATUSES, CommandStatus


def title_of(kind: str, arguments: dict[str, Any]) -> str:
    """What is asked, in words: ``Get base report``; of a raw call the action, as OCPP writes it."""
    if kind == "RawCall":
        return str(arguments.get("action", ""))
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).capitalize()


class CommandQuerySet(TenantQuerySet["Command"]):
    """Commands, asked about what is still to do."""

    def failed(self) -> Self:
        return self.filter(status__in=sorted(FAILED_COMMAND_STATUSES))

    def queued(self) -> Self:
        """Still to be sent, most urgent first, then in the order they were asked for."""
        return self.filter(status=CommandStatus.QUEUED, expires_at__gt=timezone.now()).order_by("-priority", "pk")


class Command(models.Model):
    """A neutral request, or a raw action with its payload, for one station.

    ``kind`` and ``arguments`` are the request (see stations/commands.py); ``action`` and ``payload`` are what was
    sent in the words of the station's OCPP version; ``response`` or ``error`` is what came back.
    """

    organization_path = "station__organization"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    station = models.ForeignKey("ChargingStation", on_delete=models.CASCADE, related_name="commands")
    batch = models.ForeignKey(
        "CommandBatch",
        null=True,
        on_delete=models.CASCADE,
        related_name="commands",
        help_text="The request for many stations it belongs to",
    )
    retry_of = models.OneToOneField(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="retry",
        help_text="What failed before it, tried again",
    )
    kind = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    priority = models.SmallIntegerField(default=0, help_text="Higher goes first")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="commands"
    )
    requested_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="Not sent after this time")

    status = models.CharField(max_length=20, choices=CommandStatus, default=CommandStatus.QUEUED)
    connection = models.ForeignKey("StationConnection", null=True, on_delete=models.SET_NULL, related_name="commands")
    message_id = models.CharField(max_length=36, blank=True)
    action = models.CharField(max_length=50, blank=True)
    payload = models.JSONField(null=True)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    response = models.JSONField(null=True)
    error_code = models.CharField(max_length=50, blank=True)
    detail = models.CharField(max_length=500, blank=True, help_text="The outcome in one sentence")

    objects = CommandQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["station", "-id"]),
            models.Index(fields=["kind", "-id"], name="commands_by_kind"),
            models.Index(fields=["message_id"], condition=~Q(message_id=""), name="commands_by_message"),
            models.Index(
                fields=["station", "-priority", "id"],
                condition=Q(status=CommandStatus.QUEUED),
                name="queued_commands",
            ),
            models.Index(
                fields=["-requested_at"],
                condition=Q(status__in=sorted(FAILED_COMMAND_STATUSES)),
                name="failed_commands",
            ),
            models.Index(fields=["connection"], condition=Q(status=CommandStatus.SENT), name="sent_commands"),
        ]

    def __str__(self) -> str:
        return f"{self.title} → {self.station}"

    @property
    def title(self) -> str:
        return title_of(self.kind, self.arguments)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_COMMAND_STATUSES
