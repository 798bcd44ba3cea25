"""Answers kept for an Idempotency-Key, so that a request sent twice acts once."""

from django.db import models

from accounts.models import Organization
from accounts.scoping import TenantQuerySet


class KeptAnswer(models.Model):
    """One POST of one caller under one key: first the claim, then the answer.

    A claim without an answer is under way, or its process died: then nobody knows whether it acted, and it is not
    done again.
    """

    organization = models.ForeignKey(Organization, null=True, on_delete=models.CASCADE, related_name="+")
    caller = models.CharField(max_length=60, help_text="Which key, OAuth2 client or person asked")
    key = models.CharField(max_length=255, help_text="The header Idempotency-Key")
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    status_code = models.PositiveSmallIntegerField(null=True, help_text="Empty while it is under way")
    headers = models.JSONField(default=dict)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_answer_per_idempotency_key")]

    def __str__(self) -> str:
        return f"{self.caller}: {self.key}"
