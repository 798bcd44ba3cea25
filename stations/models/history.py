"""Status of connectors over time: the base of uptime and of every "since when?"."""

from django.db import models

from accounts.scoping import TenantQuerySet
from stations.states import ConnectorStatus


class StatusInterval(models.Model):
    """A connector had this status from ``started_at`` until ``ended_at`` (open: until now). Our clock, not its."""

    organization_path = "connector__evse__station__organization"

    connector = models.ForeignKey("Connector", on_delete=models.CASCADE, related_name="status_intervals")
    status = models.CharField(max_length=20, choices=ConnectorStatus)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True, help_text="The station's time of the report")
    error_code = models.CharField(max_length=50, blank=True)
    error_info = models.CharField(max_length=255, blank=True)
    vendor_id = models.CharField(max_length=255, blank=True)
    vendor_error_code = models.CharField(max_length=50, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["connector", "-started_at"]),
            models.Index(fields=["-started_at"], condition=models.Q(status=ConnectorStatus.FAULTED), name="faults"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["connector"], condition=models.Q(ended_at=None), name="one_open_status_per_connector"
            )
        ]

    def __str__(self) -> str:
        return f"{self.connector}: {self.get_status_display()} since {self.started_at:%Y-%m-%d %H:%M:%S}"
