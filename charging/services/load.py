"""Sampling the load: the basis of charts that must not read millions of meter values."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum
from django.utils import timezone

from accounts.models import Organization
from charging.models import LoadSample, Session

STEP = timedelta(minutes=5)
# A charger that fell silent does not charge for ever.
FRESH = timedelta(minutes=15)
KEPT_FOR = timedelta(days=35)


def slot_of(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // STEP.total_seconds() * STEP.total_seconds(), at.tzinfo)


def record_load(now: datetime | None = None) -> None:
    """One sample of each organization and of each site where somebody charges; the same slot again changes nothing."""
    now = now or timezone.now()
    by_place = (
        Session.objects.ongoing()
        .order_by()
        .values_list("organization_id", "station__site_id")
        .annotate(count=Count("pk"), power_w=Sum("power_w", filter=Q(last_reading_at__gt=now - FRESH)))
    )
    samples: dict[tuple[int, int | None], LoadSample] = {}
    totals: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for organization_id, site_id, count, power_w in by_place:
        totals[organization_id].append((count, power_w or 0.0))
        if site_id is not None:
            samples[organization_id, site_id] = _sample(organization_id, site_id, now, [(count, power_w or 0.0)])
    for organization_id in Organization.objects.values_list("pk", flat=True):
        samples[organization_id, None] = _sample(organization_id, None, now, totals[organization_id])
    LoadSample.objects.bulk_create(samples.values(), ignore_conflicts=True, batch_size=1000)
    LoadSample.objects.filter(at__lt=now - KEPT_FOR).delete()


def _sample(organization_id: int, site_id: int | None, now: datetime, parts: list[tuple[int, float]]) -> LoadSample:
    return LoadSample(
        organization_id=organization_id,
        site_id=site_id,
        at=slot_of(now),
        session_count=sum(count for count, _ in parts),
        power_w=sum(power_w for _, power_w in parts),
    )
