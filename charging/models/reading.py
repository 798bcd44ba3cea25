"""Meter readings, narrow: one row a value, in the base unit of its measurand."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.scoping import TenantQuerySet
from charging.models.session import Session
from charging.states import KeySource, Location, Measurand, Phase, ReadingContext, SignatureVerdict
from stations.models import ChargingStation


class MeterReading(models.Model):
    """A value at a time. The key is everything that tells two readings apart, so a repeated message adds nothing.

    ``evse_number`` 0 is the station's own meter. Units: ``charging.states.UNITS``.

    The database does not check the keys of station and session: two checks a row cost more than storing it, and each
    locks the session's row against its stop. Rows are written by ``charging.services.recording`` only.
    """

    organization_path = "station__organization"

    pk = models.CompositePrimaryKey(
        "station_id", "evse_number", "at", "measurand", "phase", "location", "context", "value"
    )
    station = models.ForeignKey(
        ChargingStation, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="readings"
    )
    evse_number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    measurand = models.SmallIntegerField(choices=Measurand)
    phase = models.SmallIntegerField(choices=Phase, default=Phase.TOTAL)
    location = models.SmallIntegerField(choices=Location, default=Location.OUTLET)
    context = models.SmallIntegerField(choices=ReadingContext, default=ReadingContext.PERIODIC)
    value = models.FloatField()
    session = models.ForeignKey(
        Session, null=True, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="readings"
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["station", "evse_number", "at", "measurand", "phase"]

    def __str__(self) -> str:
        return f"{self.get_measurand_display()} {self.value:g} at {self.at:%H:%M:%S}"


class SignedReading(models.Model):
    """A signed meter value, byte for byte as the station sent it (standards: OCMF and others)."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="signed_readings")
    session = models.ForeignKey(Session, null=True, on_delete=models.CASCADE, related_name="signed_readings")
    evse_number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    context = models.SmallIntegerField(choices=ReadingContext, default=ReadingContext.PERIODIC)
    data = models.TextField()
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of data, to keep a repeat once")
    encoding_method = models.CharField(max_length=50, blank=True)
    signing_method = models.CharField(max_length=50, blank=True)
    public_key = models.TextField(blank=True)
    verdict = models.CharField(max_length=20, choices=SignatureVerdict, blank=True, help_text="Empty: not checked yet")
    detail = models.CharField(max_length=200, blank=True)
    key_source = models.CharField(max_length=10, choices=KeySource, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["station", "at"]
        constraints = [
            models.UniqueConstraint(fields=["station", "evse_number", "at", "digest"], name="unique_signed_reading")
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(verdict=""), name="signed_readings_to_check"),
        ]

    def __str__(self) -> str:
        return f"{self.encoding_method or 'signed value'} at {self.at:%Y-%m-%d %H:%M:%S}"


class SignatureReport(models.Model):
    """What the signed values of a session prove. Made anew whenever one more was checked."""

    organization_path = "session__organization"

    session = models.OneToOneField(Session, primary_key=True, on_delete=models.CASCADE, related_name="signature_report")
    verdict = models.CharField(max_length=20, choices=SignatureVerdict)
    begin_wh = models.DecimalField(max_digits=20, decimal_places=4, null=True, help_text="Signed register at the begin")
    end_wh = models.DecimalField(max_digits=20, decimal_places=4, null=True, help_text="Signed register at the end")
    meter_serial = models.CharField(max_length=100, blank=True)
    findings = ArrayField(models.CharField(max_length=200), default=list, help_text="What speaks against billing by it")
    checked_at = models.DateTimeField()
    is_final = models.BooleanField(default=False, editable=False, help_text="The session had ended")

    objects = TenantQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["session"], condition=models.Q(is_final=False), name="signature_reports_to_end"),
        ]

    def __str__(self) -> str:
        return f"{self.session}: {self.get_verdict_display()}"

    @property
    def energy_wh(self) -> Decimal | None:
        return None if self.begin_wh is None or self.end_wh is None else self.end_wh - self.begin_wh
