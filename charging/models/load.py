"""What was drawn from the grid over time: one small row every five minutes, so that a day is read in no time."""

from django.db import models

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from stations.models import Site


class LoadSample(models.Model):
    """The power of all running sessions of an organization (no site), or of one site of it."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="load_samples")
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="load_samples")
    at = models.DateTimeField()
    power_w = models.FloatField(help_text="Watts, of sessions whose reading was fresh")
    session_count = models.PositiveIntegerField()
    energy_wh = models.BigIntegerField(null=True, help_text="What the running sessions had delivered so far")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "site", "at"], name="one_load_sample", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.site or self.organization} at {self.at:%Y-%m-%d %H:%M}: {self.power_w / 1000:.1f} kW"
