"""The audit trail: each event is sealed with the hash of the one before it in its organization."""

from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models.organization import Organization
from accounts.models.people import User
from accounts.scoping import TenantQuerySet
from accounts.seals import seal


class AuditChain(models.Model):
    """The end of an organization's chain; locked by whoever adds to it. One is the server's, without organization."""

    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="audit_chains")
    length = models.PositiveBigIntegerField(default=0, help_text="Number of events")
    head = models.CharField(max_length=64, blank=True, help_text="Hash of the last event")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], nulls_distinct=False, name="one_audit_chain_per_organization"
            )
        ]

    def __str__(self) -> str:
        return f"Audit chain of {self.organization or 'the server'}"


class AuditEvent(models.Model):
    """Who did what to which object. Rows are only ever added; a trigger in the database refuses anything else."""

    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="audit_events")
    position = models.PositiveBigIntegerField(help_text="Place in the organization's chain, from 1")
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="audit_events")
    impersonator = models.ForeignKey(
        User,
        null=True,
        on_delete=models.PROTECT,
        related_name="impersonated_audit_events",
        help_text="Support who acted as the person",
    )
    action = models.CharField(max_length=60, help_text="What was done, for example “anomaly dismissed”")
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    object_label = models.CharField(max_length=200)
    details = models.JSONField(default=dict, help_text="Values before and after; never a secret")
    address = models.GenericIPAddressField("IP address", null=True, help_text="Where the request came from")
    agent = models.CharField("device", max_length=60, blank=True, help_text="Browser and system, shortened")
    at = models.DateTimeField(default=timezone.now)
    previous_hash = models.CharField(
        max_length=64, blank=True, help_text="Hash of the event before; none for the first"
    )
    hash = models.CharField(max_length=64, help_text="SHA-256 of this event and of the hash before, as hexadecimal")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["object_type", "object_id"]),
            models.Index(fields=["organization", "-at"], name="audit_events_by_time"),
            models.Index(fields=["-at", "-id"], name="audit_events_of_all_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "position"], nulls_distinct=False, name="one_audit_event_per_position"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.object_label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("An audit event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit event is never deleted.")

    def expected_hash(self) -> str:
        """The hash this event must have, from what it says and from the hash before."""
        return seal({field.attname: getattr(self, field.attname) for field in self._meta.fields})
