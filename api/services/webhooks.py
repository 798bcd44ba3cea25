"""The life of an event: recorded, taken up, delivered to each endpoint that wants it, forgotten."""

import random
import time
import uuid
from datetime import timedelta
from functools import partial
from http import HTTPStatus

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.audit import record
from accounts.models import Membership, User
from accounts.roles import Role
from api.models import DeliveryStatus, Event, WebhookDelivery, WebhookEndpoint
from api.posting import EXCERPT, NotPosted, Posted, post
from api.signing import secret_of, signed
from api.subjects import told

BATCH = 100
# After the last of these nobody tries again by itself; staff may.
PAUSES_S = (5, 30, 120, 600, 3_600, 14_400, 43_200, 86_400)
# So long nobody else tries what somebody has begun to try.
LEASE = timedelta(minutes=2)
# An endpoint that answers slower rests as long as it took; one that fails rests a tenth of the time it has failed for.
SLOW_S = 1.0
LONGEST_REST_S = 60.0
SLICE = 5_000


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
    """Try the oldest delivery of an endpoint that was left alone longest. Returns whether there was one.

    An endpoint is asked by one worker at a time, and rests after it was slow or failed: so it keeps nobody else
    waiting. No transaction is open meanwhile; what a worker that died had begun is tried again after LEASE.
    """
    delivery = _claim()
    if delivery is None:
        return False
    begun = time.monotonic()
    outcome = _posted(delivery)
    _settle(delivery, outcome, took_s=time.monotonic() - begun)
    return True


@transaction.atomic
def _claim() -> WebhookDelivery | None:
    now = timezone.now()
    due = WebhookDelivery.objects.filter(status=DeliveryStatus.WAITING, next_at__lte=now)
    endpoint = (
        WebhookEndpoint.objects.filter(Exists(due.filter(endpoint=OuterRef("pk"))), is_enabled=True)
        .filter(Q(rests_until=None) | Q(rests_until__lte=now))
        .select_for_update(skip_locked=True, no_key=True)
        .order_by(F("rests_until").asc(nulls_first=True), "pk")
        .first()
    )
    if endpoint is None:
        return None
    endpoint.rests_until = now + LEASE
    endpoint.save(update_fields=["rests_until"])
    delivery = due.filter(endpoint=endpoint).select_related("event").order_by("next_at", "pk").first()
    if delivery is not None:
        delivery.endpoint = endpoint
        delivery.attempts += 1
        delivery.next_at, delivery.last_attempt_at = now + LEASE, now
        delivery.save(update_fields=["attempts", "next_at", "last_attempt_at"])
    return delivery


def _posted(delivery: WebhookDelivery) -> Posted | NotPosted:
    event = delivery.event
    message = {"type": event.type, "timestamp": event.at.isoformat(), "data": event.data}
    body, headers = signed(delivery.endpoint, f"evt_{event.public_id}", timezone.now(), message)
    try:
        return post(delivery.endpoint.url, body, headers)
    except NotPosted as failure:
        return failure


@transaction.atomic
def _settle(delivery: WebhookDelivery, outcome: Posted | NotPosted, *, took_s: float) -> None:
    is_done = isinstance(outcome, Posted) and 200 <= outcome.code < 300
    if is_done:
        delivery.status = DeliveryStatus.DELIVERED
    elif delivery.attempts > len(PAUSES_S):
        delivery.status = DeliveryStatus.FAILED
    else:
        pause_s = PAUSES_S[delivery.attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311
        delivery.next_at = timezone.now() + timedelta(seconds=pause_s)
    # Whoever played it again meanwhile, or took over a lease that had run out, knows better.
    WebhookDelivery.objects.filter(
        pk=delivery.pk, attempts=delivery.attempts, last_attempt_at=delivery.last_attempt_at
    ).update(
        status=delivery.status,
        next_at=delivery.next_at,
        response_code=outcome.code if isinstance(outcome, Posted) else None,
        response_excerpt=(outcome.excerpt if isinstance(outcome, Posted) else str(outcome))[:EXCERPT],
    )
    _note_health(delivery.endpoint, is_done=is_done, took_s=took_s)
    if isinstance(outcome, Posted) and outcome.code == HTTPStatus.GONE:
        _disable(delivery.endpoint, "It answered 410: gone.")


def _note_health(endpoint: WebhookEndpoint, *, is_done: bool, took_s: float) -> None:
    """An endpoint that fails for days is disabled: its program is gone."""
    now = timezone.now()
    begun = None if is_done else endpoint.failing_since or now
    failing_s = (now - begun).total_seconds() if begun else 0.0
    rest_s = max(took_s if took_s > SLOW_S else 0.0, min(LONGEST_REST_S, failing_s / 10))
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=begun)
    WebhookEndpoint.objects.filter(pk=endpoint.pk, rests_until=endpoint.rests_until).update(
        rests_until=now + timedelta(seconds=rest_s)
    )
    if failing_s > timedelta(days=settings.WEBHOOK_GIVE_UP_DAYS).total_seconds():
        _disable(endpoint, f"It failed for {settings.WEBHOOK_GIVE_UP_DAYS} days.")


def _disable(endpoint: WebhookEndpoint, reason: str) -> None:
    if WebhookEndpoint.objects.filter(pk=endpoint.pk, is_enabled=True).update(is_enabled=False):
        transaction.on_commit(partial(_tell_owners, endpoint, reason), robust=True)
        record(actor=None, action="webhook endpoint disabled", target=endpoint, reason=reason)


def _tell_owners(endpoint: WebhookEndpoint, reason: str) -> None:
    owners = Membership.objects.filter(
        organization_id=endpoint.organization_id, role=Role.OWNER, user__is_active=True
    ).values_list("user__email", flat=True)
    text = render_to_string("api/mail/endpoint_disabled.txt", {"endpoint": endpoint, "reason": reason})
    for email in owners:
        send_mail(f"Webhook disabled: {endpoint}", text, None, [email])


@transaction.atomic
def replay(delivery: WebhookDelivery, *, by: User) -> bool:
    """Deliver it once more, whatever became of it. Returns whether its endpoint is enabled; else it waits for that."""
    now = timezone.now()
    WebhookDelivery.objects.filter(pk=delivery.pk).update(status=DeliveryStatus.WAITING, attempts=0, next_at=now)
    wake_endpoint(delivery.endpoint)
    record(actor=by, action="webhook replayed", target=delivery)
    return delivery.endpoint.is_enabled


def wake_endpoint(endpoint: WebhookEndpoint) -> None:
    """Somebody has mended it: it is asked at once, and gets new days to fail."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(rests_until=None, failing_since=None)


@transaction.atomic
def renew_secret(endpoint: WebhookEndpoint, *, by: User) -> str:
    """The new secret. From now on the old one signs nothing."""
    endpoint.secret_salt = uuid.uuid4()
    endpoint.save(update_fields=["secret_salt"])
    record(actor=by, action="webhook secret renewed", target=endpoint)
    return secret_of(endpoint)


def delete_old_events() -> int:
    """Returns how many. A slice at a time, so that no transaction holds its locks for minutes."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS)
    total = 0
    while True:
        old = list(Event.objects.order_by("pk").values_list("pk", "at")[:SLICE])
        gone = [pk for pk, at in old if at < before]
        WebhookDelivery.objects.filter(event__in=gone).delete()
        total += Event.objects.filter(pk__in=gone).delete()[0]
        if len(gone) < SLICE:
            return total
