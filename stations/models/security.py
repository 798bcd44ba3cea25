"""What a station told of its security, and the certificates it has from us or reported."""

from django.db import models
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from stations.models.command import Command
from stations.models.station import ChargingStation
from stations.states import CertificateKind, SigningStatus


class SecurityEvent(models.Model):
    """OCPP 1.6 security whitepaper A04, OCPP 2.x A04."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="security_events")
    type = models.CharField(max_length=50, help_text="As the station names it")
    info = models.CharField(max_length=255, blank=True, help_text="What the station added")
    is_critical = models.BooleanField("critical", help_text="By OCPP’s list of security events")
    is_alarm = models.BooleanField("alarm", help_text="Somebody should look: not a part of daily life")
    at = models.DateTimeField(help_text="The station’s time")
    received_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        permissions = [("resolve_securityevent", "Can mark security events as seen")]
        constraints = [
            models.UniqueConstraint(fields=["station", "type", "at", "info"], name="one_row_per_security_event")
        ]
        indexes = [
            models.Index(fields=["station", "-received_at"], name="security_events_of_station"),
            models.Index(fields=["-received_at"], name="security_events_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.type} of {self.station}"


class CertificateAuthority(models.Model):
    """Signs the certificates of an organization's stations. Made when the first station asks."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="certificate_authority")
    certificate = models.TextField(help_text="PEM")
    key_encrypted = models.TextField(editable=False, help_text="With a key made from SECRET_KEY")
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "certificate authorities"

    def __str__(self) -> str:
        return f"Certificate authority of {self.organization}"


class StationCertificate(models.Model):
    """What a station asked us to sign, and the certificate that came of it."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="certificates")
    command = models.OneToOneField(Command, null=True, on_delete=models.SET_NULL, related_name="station_certificate")
    status = models.CharField(max_length=10, choices=SigningStatus)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was not signed")
    subject = models.CharField(max_length=200, blank=True)
    key_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the public key")
    serial_number = models.CharField(max_length=40, blank=True, help_text="Hexadecimal")
    certificate = models.TextField(blank=True, help_text="PEM")
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True, help_text="SHA-256 of the certificate")
    expires_at = models.DateTimeField(null=True)
    requested_at = models.DateTimeField(default=timezone.now)
    request_number = models.IntegerField(null=True, help_text="The station’s request id (OCPP 2.1)")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.subject or 'Refused'} {self.serial_number}".strip()


class InstalledCertificate(models.Model):
    """A certificate that a station says it trusts, by the hashes it uses for it."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="installed_certificates")
    kind = models.CharField(max_length=20, choices=CertificateKind)
    hash_algorithm = models.CharField(max_length=10, help_text="As the station reported it: it is deleted by the same")
    issuer_name_hash = models.CharField(max_length=128)
    issuer_key_hash = models.CharField(max_length=128)
    serial_number = models.CharField(max_length=40)
    is_below = models.BooleanField(default=False, help_text="Of the chain of the one before it")
    subject = models.CharField(max_length=200, blank=True, help_text="Known of what was installed from here")
    expires_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.serial_number}"
