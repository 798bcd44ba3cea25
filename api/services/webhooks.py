"""The life of an event: recorded, taken up, delivered to each endpoint that wants it, forgotten."""

import random
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from api.models import DeliveryStatus, Event, WebhookDelivery, WebhookEndpoint
from api.posting import NotPosted, Posted, post
from api.signing import signed
from api.subjects import told

BATCH = 100
# After the last of these nobody tries again by itself; staff may.
PAUSES_S = (5, 30, 120, 600, 3_600, 14_400, 43_200, 86_400)
# So long nobody else tries what somebody has begun to try.
LEASE = timedelta(minutes=2)


def take_up_events() -> int:
    """Make a delivery for each endpoint that wants the event. Any number of workers may run; returns how many."""
    with transaction.atomic():
        waiting = Event.objects.select_for_update(skip_locked=True, of=("self",)).filter(is_taken_up=False)
        events = list(waiting.order_by("pk")[:BATCH])
        for event in events:
            event.data, event.is_taken_up = told(event), True
        Event.objects.bulk_update(events, ["data", "is_taken_up"])
        organizations = {event.organization_id for event in events}
        endpoints = list(WebhookEndpoint.objects.filter(organization__in=organizations, is_enabled=True))
        WebhookDelivery.objects.bulk_create(
            [
                WebhookDelivery(endpoint=endpoint, event=event)
                for event in events
                for endpoint in endpoints
                if endpoint.organization_id == event.organization_id and event.type in endpoint.events
            ],
            ignore_conflicts=True,
        )
    return len(events)


def deliver_next() -> bool:
    """Try the delivery that has waited longest. Returns whether there was one. No transaction is open meanwhile."""
    with transaction.atomic():
        now = timezone.now()
        due = WebhookDelivery.objects.filter(
            status=DeliveryStatus.WAITING, next_at__lte=now, endpoint__is_enabled=True
        ).select_related("endpoint", "event")
        delivery = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_at").first()
        if delivery is None:
            return False
        delivery.attempts += 1
        delivery.next_at, delivery.last_attempt_at = now + LEASE, now
        delivery.save(update_fields=["attempts", "next_at", "last_attempt_at"])
    _settle(delivery, _posted(delivery))
    return True


def _posted(delivery: WebhookDelivery) -> Posted | NotPosted:
    event = delivery.event
    message = {"type": event.type, "timestamp": event.at.isoformat(), "data": event.data}
    body, headers = signed(delivery.endpoint, f"evt_{event.public_id}", timezone.now(), message)
    try:
        return post(delivery.endpoint.url, body, headers)
    except NotPosted as failure:
        return failure


@transaction.atomic
def _settle(delivery: WebhookDelivery, outcome: Posted | NotPosted) -> None:
    is_done = isinstance(outcome, Posted) and 200 <= outcome.code < 300
    delivery.response_code = outcome.code if isinstance(outcome, Posted) else None
    delivery.response_excerpt = (outcome.excerpt if isinstance(outcome, Posted) else str(outcome))[:300]
    if is_done:
        delivery.status = DeliveryStatus.DELIVERED
    elif delivery.attempts > len(PAUSES_S):
        delivery.status = DeliveryStatus.FAILED
    else:
        pause_s = PAUSES_S[delivery.attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311
        delivery.next_at = timezone.now() + timedelta(seconds=pause_s)
    delivery.save(update_fields=["status", "response_code", "response_excerpt", "next_at"])
    _note_health(delivery.endpoint, is_done=is_done)


def _note_health(endpoint: WebhookEndpoint, *, is_done: bool) -> None:
    """An endpoint that fails for days is disabled: its program is gone."""
    row = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    if is_done:
        row.exclude(failing_since=None).update(failing_since=None)
        return
    now = timezone.now()
    row.filter(failing_since=None).update(failing_since=now)
    gone = row.filter(is_enabled=True, failing_since__lt=now - timedelta(days=settings.WEBHOOK_GIVE_UP_DAYS))
    if gone.update(is_enabled=False):
        record(actor=None, action="webhook endpoint disabled", target=endpoint, reason="It failed for days.")


@transaction.atomic
def replay(delivery: WebhookDelivery, *, by: User) -> None:
    """Deliver it once more, whatever became of it."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        status=DeliveryStatus.WAITING, attempts=0, next_at=timezone.now()
    )
    record(actor=by, action="webhook replayed", target=delivery)


def delete_old_events() -> Any:
    kept = timezone.now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS)
    return Event.objects.filter(at__lt=kept).delete()[0]
