"""Firmware files, and the updates of stations with them."""

import uuid
from typing import Self

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from firmware.states import OPEN_FIRMWARE_STATUSES, FirmwareStatus
from stations.models import ChargingStation, Command

LONGEST_SIGNATURE = 800
LONGEST_CERTIFICATE = 5500
FOLDER = "firmware"


def _place_of(firmware: "Firmware", file_name: str) -> str:
    return f"{FOLDER}/{firmware.organization_id}/{uuid.uuid4().hex}"


class Firmware(models.Model):
    """One version for one kind of station: a file of ours, or where the manufacturer has it."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="firmware")
    vendor = models.CharField(max_length=50, blank=True, help_text="As stations report it; empty: any")
    model = models.CharField(max_length=50, blank=True, help_text="As stations report it; empty: any of the vendor")
    version = models.CharField(max_length=50, help_text="As a station reports it in its boot once it is installed")
    file = models.FileField(upload_to=_place_of, max_length=200, blank=True)
    file_name = models.CharField(max_length=120, blank=True, editable=False)
    size = models.PositiveBigIntegerField(null=True, editable=False, help_text="Bytes")
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    address = models.CharField(
        max_length=400,
        blank=True,
        validators=[URLValidator(schemes=["http", "https", "ftp", "ftps", "sftp"])],
        help_text="Where stations fetch it, if the file is not kept here",
    )
    certificate = models.TextField(
        blank=True, max_length=LONGEST_CERTIFICATE, help_text="The manufacturer’s signing certificate, PEM"
    )
    signature = models.TextField(
        blank=True, max_length=LONGEST_SIGNATURE, help_text="The manufacturer’s signature of the file, Base64"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["vendor", "model", "-pk"]
        verbose_name_plural = "firmware"
        constraints = [
            models.UniqueConstraint(fields=["organization", "vendor", "model", "version"], name="unique_firmware"),
            models.CheckConstraint(
                condition=~models.Q(file="", address=""),
                name="firmware_is_somewhere",
                violation_error_message="Choose a file, or write where stations fetch it.",
            ),
            models.CheckConstraint(
                condition=models.Q(certificate="", signature="") | ~models.Q(certificate="") & ~models.Q(signature=""),
                name="firmware_signature_has_certificate",
                violation_error_message="A signature and its certificate belong together.",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.vendor, self.model, self.version) if part)

    @property
    def is_signed(self) -> bool:
        return bool(self.signature)

    def why_not_for(self, station: ChargingStation) -> str:
        """Why it is not for this station, empty if it may be. What a station never told is not held against it."""
        for name in ("vendor", "model"):
            ours, theirs = str(getattr(self, name)), str(getattr(station, name))
            if ours and theirs and ours.casefold() != theirs.casefold():
                return f"It is for the {name} {ours}; the station reports {theirs}."
        return ""


class FirmwareUpdateQuerySet(TenantQuerySet["FirmwareUpdate"]):
    """Updates, asked about what is still to happen."""

    def under_way(self) -> Self:
        return self.filter(status__in=sorted(OPEN_FIRMWARE_STATUSES))


class FirmwareUpdate(models.Model):
    """A station was asked to take this firmware (OCPP 1.6 §5.19, security whitepaper L01, OCPP 2.x L01, L02).

    Its key is the request id on the wire. What the station says is its status; that it is true, its next boot shows.
    """

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="firmware_updates")
    firmware = models.ForeignKey(Firmware, on_delete=models.PROTECT, related_name="updates")
    command = models.OneToOneField(Command, null=True, on_delete=models.SET_NULL, related_name="firmware_update")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    is_signed = models.BooleanField("signed", help_text="Sent with signature and certificate, which the station checks")
    retrieve_at = models.DateTimeField("fetch from", help_text="Not before")
    install_at = models.DateTimeField("install from", null=True, help_text="Not before; empty: as soon as it can")
    retries = models.PositiveSmallIntegerField(null=True)
    retry_interval_s = models.PositiveIntegerField("seconds between retries", null=True)
    location_hash = models.CharField(max_length=64, editable=False)
    secret_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001 - unique if any
    download_until = models.DateTimeField(help_text="The file is given out until then")
    downloaded_at = models.DateTimeField(null=True, help_text="When the file was last fetched from here")
    version_before = models.CharField(max_length=50, blank=True)
    status = models.CharField(max_length=30, choices=FirmwareStatus, default=FirmwareStatus.REQUESTED)
    status_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, help_text="When a boot reported the new version")

    objects = FirmwareUpdateQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["station", "-id"], name="updates_of_station")]

    def __str__(self) -> str:
        return f"{self.firmware.version} for {self.station}"


class FirmwareProgress(models.Model):
    """What the station told of an update; without one, of something that nobody here asked for."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="firmware_progress")
    update = models.ForeignKey(FirmwareUpdate, null=True, on_delete=models.CASCADE, related_name="progress")
    status = models.CharField(max_length=30, choices=FirmwareStatus)
    moved = models.BooleanField(help_text="Whether it changed the state of the update: late and repeated ones do not")
    at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1, help_text="How often it was told in a row")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.get_status_display())
