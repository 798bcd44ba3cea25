"""One request for many stations; what became of it is in its commands."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from stations.models.command import title_of


class CommandBatch(models.Model):
    """What was asked of many stations at once, by whom. Counts are asked of the commands, never kept."""

    public_id = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="Made with the form: sent twice, it is one batch"
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="command_batches")
    kind = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict, help_text="Secrets and tokens are masked")
    is_repeatable = models.BooleanField(default=True, help_text="Nothing in it was masked, so it can be sent again")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="command_batches"
    )
    requested_at = models.DateTimeField(default=timezone.now)
    waits_for = models.DurationField(null=True, help_text="How long it waits for offline stations; empty: not at all")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "command for many"
        verbose_name_plural = "commands for many"
        indexes = [models.Index(fields=["organization", "-id"])]

    def __str__(self) -> str:
        return f"{self.title} #{self.pk}"

    @property
    def title(self) -> str:
        return title_of(self.kind, self.arguments)
