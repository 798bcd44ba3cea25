"""How often something had to be mended in what a station sends."""

from django.db import models

from accounts.scoping import TenantQuerySet
from stations.models.station import ChargingStation
from stations.repairs import label_of


class RepairCount(models.Model):
    """One repair at one station: counted beside the wire log, which forgets."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="repair_counts")
    # Without choices: a new repair needs no migration.
    repair = models.CharField(max_length=40)
    count = models.BigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_action = models.CharField("last message", max_length=50, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["station", "-count"]
        verbose_name = "repair"
        constraints = [models.UniqueConstraint(fields=["station", "repair"], name="one_count_per_repair")]

    def __str__(self) -> str:
        return f"{self.station}: {self.label}"

    @property
    def label(self) -> str:
        return label_of(self.repair)
