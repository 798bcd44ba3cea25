"""Public keys of meters, entered by people: from the type plate, or from the list of the maker."""

from django.db import models

from accounts.scoping import TenantQuerySet
from stations.models.station import ChargingStation


class MeterKey(models.Model):
    """By which signed meter values of a station are checked, whatever key comes with them."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="meter_keys")
    evse_number = models.PositiveSmallIntegerField("EVSE", null=True, blank=True, help_text="Empty: all of the station")
    public_key = models.TextField(help_text="As printed on the meter: hexadecimal, base64 or PEM")
    note = models.CharField(max_length=200, blank=True, help_text="Where it is from")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["station", "evse_number"]
        verbose_name = "meter key"
        constraints = [
            models.UniqueConstraint(
                fields=["station", "evse_number"],
                name="one_meter_key_per_evse",
                nulls_distinct=False,
                violation_error_message="There is a key for this EVSE already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.station} / EVSE {self.evse_number}" if self.evse_number else str(self.station)
