"""The life of an Idempotency-Key: claimed, answered, forgotten."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from api.models import KeptAnswer


def claim_answer(*, caller: str, key: str, request_hash: str, organization_id: int | None) -> tuple[KeptAnswer, bool]:
    """The row of this key, and whether it is ours to fill. Committed at once: the next request must see it."""
    now = timezone.now()
    KeptAnswer.objects.filter(caller=caller, key=key, expires_at__lte=now).delete()
    return KeptAnswer.objects.get_or_create(
        caller=caller,
        key=key,
        defaults={
            "organization_id": organization_id,
            "request_hash": request_hash,
            "expires_at": now + timedelta(hours=settings.API_IDEMPOTENCY_HOURS),
        },
    )


def keep_answer(kept: KeptAnswer, *, status_code: int, headers: dict[str, str], body: Any) -> None:
    KeptAnswer.objects.filter(pk=kept.pk).update(status_code=status_code, headers=headers, body=body)


def drop_claim(kept: KeptAnswer) -> None:
    """The request was refused and did nothing: it may come again under the same key."""
    KeptAnswer.objects.filter(pk=kept.pk).delete()


def delete_old_answers() -> int:
    return KeptAnswer.objects.filter(expires_at__lte=timezone.now()).delete()[0]
