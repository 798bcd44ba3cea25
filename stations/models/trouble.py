"""Which stations are in trouble: measured every few minutes, so that a page need not."""

from datetime import timedelta

from django.db import models

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from stations.models.station import ChargingStation


class StationTrouble(models.Model):
    """What went wrong at a station within the last seven days. No row: nothing."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="troubles")
    station = models.OneToOneField(ChargingStation, on_delete=models.CASCADE, related_name="trouble")
    fault_count = models.PositiveIntegerField(default=0)
    offline_s = models.PositiveIntegerField(default=0, help_text="Seconds without a connection")
    failed_command_count = models.PositiveIntegerField(default=0)
    connect_count = models.PositiveIntegerField(default=0, db_default=0, help_text="How often it connected")
    score = models.PositiveIntegerField(
        help_text="To compare stations: minutes offline + 60 a fault + 20 a command + 1 a connection beyond 100"
    )
    measured_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-score"]
        indexes = [models.Index(fields=["organization", "-score"], name="worst_stations")]

    def __str__(self) -> str:
        return f"{self.station}: {self.score}"

    @property
    def offline(self) -> timedelta:
        return timedelta(seconds=self.offline_s)
