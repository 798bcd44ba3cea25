"""Logs and diagnostics: what was asked for, how it went, and the files that came."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.scoping import TenantQuerySet
from firmware.models.location import FileLocation
from firmware.states import OPEN_LOG_STATUSES, LogKind, LogStatus
from stations.models import ChargingStation, Command


class LogRequestQuerySet(TenantQuerySet["LogRequest"]):
    """Requests, asked about what may still come."""

    def under_way(self) -> Self:
        return self.filter(status__in=sorted(OPEN_LOG_STATUSES))


class LogRequest(models.Model):
    """A log that a station was asked for (OCPP 1.6 §5.9, security whitepaper N01, OCPP 2.0.1 N01).

    Its key is the request id on the wire. Of the address it was given only hashes are kept: with it anybody could put
    a file here.
    """

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="log_requests")
    kind = models.CharField(max_length=20, choices=LogKind)
    command = models.OneToOneField(Command, null=True, on_delete=models.SET_NULL, related_name="log_request")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    location = models.ForeignKey(
        FileLocation, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Empty: this server"
    )
    location_hash = models.CharField(max_length=64, editable=False)
    secret_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001 - unique if any
    upload_until = models.DateTimeField(help_text="A file is taken until then")
    oldest_at = models.DateTimeField("from", null=True, help_text="The oldest entry wanted")
    latest_at = models.DateTimeField("until", null=True, help_text="The newest entry wanted")
    retries = models.PositiveSmallIntegerField(null=True)
    retry_interval_s = models.PositiveIntegerField("seconds between retries", null=True)
    status = models.CharField(max_length=20, choices=LogStatus, default=LogStatus.REQUESTED)
    status_at = models.DateTimeField(default=timezone.now)
    file_name = models.CharField(max_length=255, blank=True, help_text="As the station named it")

    objects = LogRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["station", "-id"], name="log_requests_of_station")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.station}"


class LogProgress(models.Model):
    """What the station told of an upload; without a request, of one that nobody here asked for."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="log_progress")
    request = models.ForeignKey(LogRequest, null=True, on_delete=models.CASCADE, related_name="progress")
    status = models.CharField(max_length=20, choices=LogStatus)
    moved = models.BooleanField(help_text="Whether it changed the state of the request: late and repeated ones do not")
    at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1, help_text="How often it was told in a row")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.get_status_display())


FOLDER = "logs"


def _place_of(file: "LogFile", file_name: str) -> str:
    """Nothing of the sender's name: it is kept beside the file."""
    return f"{FOLDER}/{file.request.station_id}/{uuid.uuid4().hex}"


class LogFile(models.Model):
    """A file that a station put here. Served only to staff, and only as something to be saved."""

    organization_path = "request__station__organization"

    request = models.ForeignKey(LogRequest, on_delete=models.CASCADE, related_name="files")
    file = models.FileField(upload_to=_place_of, max_length=200)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(help_text="Bytes")
    sha256 = models.CharField(max_length=64)
    address = models.GenericIPAddressField(null=True, help_text="From where it came")
    received_at = models.DateTimeField(default=timezone.now)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        permissions = [("download_logfile", "Can download the logs of charging stations")]

    def __str__(self) -> str:
        return self.name
