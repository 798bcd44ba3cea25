"""What could not be placed or cannot be right: the review queue."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from charging.models.session import Session
from charging.states import HARMLESS_ANOMALIES, AnomalyKind, AnomalyStatus
from stations.models import ChargingStation


class SessionAnomaly(models.Model):
    """Something staff must look at: what happened, the evidence, and what we propose. Never a guess."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="anomalies")
    station = models.ForeignKey(ChargingStation, on_delete=models.PROTECT, related_name="anomalies")
    evse_number = models.PositiveSmallIntegerField(null=True)
    session = models.ForeignKey(Session, null=True, on_delete=models.PROTECT, related_name="anomalies")
    kind = models.CharField(max_length=30, choices=AnomalyKind)
    status = models.CharField(max_length=20, choices=AnomalyStatus, default=AnomalyStatus.OPEN)
    fingerprint = models.CharField(max_length=64, editable=False, help_text="Keeps a repeated message to one anomaly")
    summary = models.CharField(max_length=300)
    proposal = models.CharField(max_length=300, blank=True, help_text="The repair we propose, in one sentence")
    evidence = models.JSONField(default=dict, help_text="What the station said; tokens masked")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="closed_anomalies"
    )
    closing_reason = models.CharField(max_length=300, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = "anomaly"
        verbose_name_plural = "anomalies"
        permissions = [("resolve_sessionanomaly", "Can accept or dismiss anomalies")]
        constraints = [models.UniqueConstraint(fields=["station", "kind", "fingerprint"], name="one_anomaly_per_fact")]
        indexes = [
            models.Index(fields=["organization", "status", "-opened_at"]),
            models.Index(fields=["-opened_at", "-id"], name="anomalies_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.station}"

    @property
    def blocks_billing(self) -> bool:
        """It touches energy, time or person."""
        return self.status == AnomalyStatus.OPEN and self.kind not in HARMLESS_ANOMALIES
