"""Recording who did what."""

from typing import Any

from django.db.models import Model

from accounts.models import AuditEvent, User, organization_of


def record(*, actor: User | None, action: str, target: Model, **details: Any) -> AuditEvent:
    """Add one line to the audit trail, in the caller's transaction. ``details`` must be JSON and hold no secret."""
    return AuditEvent.objects.create(
        organization_id=organization_of(target),
        actor=actor,
        action=action,
        object_type=target._meta.label,
        object_id=str(target.pk),
        object_label=str(target)[:200],
        details=details,
    )
