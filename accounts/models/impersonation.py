"""Support acting as somebody else for a while, with a reason."""

from django.db import models
from django.utils import timezone

from accounts.models.people import User


class ImpersonationQuerySet(models.QuerySet["Impersonation"]):
    def open(self) -> "ImpersonationQuerySet":
        return self.filter(ended_at=None)


class Impersonation(models.Model):
    """What was done meanwhile is in the audit trail, under both names."""

    impersonator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="impersonations")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="impersonated")
    reason = models.CharField(max_length=200)
    started_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="Ended by the server at this time")
    ended_at = models.DateTimeField(null=True)

    objects = ImpersonationQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["user", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.impersonator} as {self.user}"

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.expires_at <= timezone.now()
