"""What colleagues should know of a station: notes, each with a photo or document if need be."""

import uuid
from pathlib import PurePath

from django.conf import settings
from django.db import models

from accounts.scoping import TenantQuerySet
from stations.models.station import ChargingStation


def _place_of(note: "StationNote", file_name: str) -> str:
    """Nothing of the sender's name but its ending, which the service has checked."""
    return f"stations/{note.station_id}/{uuid.uuid4().hex}{PurePath(file_name).suffix.lower()}"


class StationNote(models.Model):
    """Written by a person; the file is served only through the console, to those who may see the station."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(blank=True)
    file = models.FileField(upload_to=_place_of, blank=True, max_length=200)
    file_name = models.CharField(max_length=120, blank=True)
    media_type = models.CharField(max_length=60, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(text="", file=""), name="note_says_something"),
        ]

    def __str__(self) -> str:
        return f"Note on {self.station}"

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")
