"""The wire log: every frame of every station, secrets masked."""

from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from accounts.scoping import TenantQuerySet


class Direction(models.IntegerChoices):
    IN = 0, "from station"
    OUT = 1, "to station"


class Frame(models.Model):
    """A frame as it was on the wire, but for masked secrets and tokens; written in batches, shortly after."""

    organization_path = "station__organization"

    station = models.ForeignKey("ChargingStation", on_delete=models.CASCADE, related_name="frames")
    connection_id = models.UUIDField()
    at = models.DateTimeField(help_text="When it was received or sent")
    direction = models.PositiveSmallIntegerField(choices=Direction)
    message_type = models.PositiveSmallIntegerField(null=True, help_text="2 CALL, 3 CALLRESULT, 4 CALLERROR, …")
    message_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=50, blank=True, help_text="For an answer: the action it answers")
    text = models.TextField()
    repairs = ArrayField(models.CharField(max_length=60), default=list, help_text="What was mended to accept it")
    error_code = models.CharField(max_length=50, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "message"
        indexes = [models.Index(fields=["station", "-at"]), BrinIndex(fields=["at"], name="frames_by_time")]

    def __str__(self) -> str:
        return f"{self.station} {self.get_direction_display()} {self.action or self.message_type}"

    @property
    def payload(self) -> Any:
        """The payload of a CALL or CALLRESULT, the details of a CALLERROR; None when it cannot be read."""
        try:
            elements = orjson.loads(self.text)
        except orjson.JSONDecodeError:
            return None
        return elements[-1] if isinstance(elements, list) and len(elements) > 2 else None
