"""Sampling the load: the basis of charts and comparisons that must not read millions of meter values."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import Organization
from charging.models import LoadSample, Session

STEP = timedelta(minutes=5)
# A charger that fell silent does not charge for ever.
FRESH = timedelta(minutes=15)
KEPT_FOR = timedelta(days=35)


def slot_of(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // STEP.total_seconds() * STEP.total_seconds(), at.tzinfo)


@dataclass
class Running:
    """Sessions that run now, of one place."""

    session_count: int = 0
    power_w: float = 0.0
    energy_wh: int = 0

    def __add__(self, other: "Running") -> "Running":
        return Running(
            self.session_count + other.session_count,
            self.power_w + other.power_w,
            self.energy_wh + other.energy_wh,
        )


def record_load(now: datetime | None = None) -> None:
    """One sample of each organization and of each site where somebody charges; the same slot again changes nothing."""
    now = now or timezone.now()
    by_place = (
        Session.objects.ongoing()
        .order_by()
        .values_list("organization_id", "station__site_id")
        .annotate(
            count=Count("pk"),
            power_w=Sum("power_w", filter=Q(last_reading_at__gt=now - FRESH), default=0.0),
            delivered_wh=Sum("energy_wh"),
        )
    )
    found = {
        (organization_id, None): Running() for organization_id in Organization.objects.values_list("pk", flat=True)
    }
    for organization_id, site_id, *numbers in by_place:
        here = Running(*numbers)
        found[organization_id, None] = found.get((organization_id, None), Running()) + here
        if site_id is not None:
            found[organization_id, site_id] = here
    samples = [
        LoadSample(organization_id=organization_id, site_id=site_id, at=slot_of(now), **asdict(running))
        for (organization_id, site_id), running in found.items()
    ]
    LoadSample.objects.bulk_create(samples, ignore_conflicts=True, batch_size=1000)
    LoadSample.objects.filter(at__lt=now - KEPT_FOR).delete()


def delivered_wh(organizations: Collection[int], begin: datetime, end: datetime | None = None) -> int | None:
    """Energy delivered from one moment to another, or until now. None where no sample tells what ran at the end.

    What ended in between counts, and what ran at the end with what it had delivered by then; what had begun before only
    with what came after. Where no sample tells what ran at the begin, sessions that had begun before are left out.
    """
    before_wh = _running_wh(organizations, begin)
    sessions = Session.objects.filter(organization__in=organizations).order_by()
    if before_wh is None:
        sessions = sessions.filter(started_at__gte=begin)
    ended = sessions.filter(ended_at__gt=begin)
    if end is not None:
        ended = ended.filter(ended_at__lte=slot_of(end))
    at_end_wh = _energy_of(sessions.ongoing()) if end is None else _running_wh(organizations, end)
    return None if at_end_wh is None else max(_energy_of(ended) + at_end_wh - (before_wh or 0), 0)


def _energy_of(sessions: QuerySet[Session]) -> int:
    return int(sessions.aggregate(energy_wh=Sum("energy_wh", default=0))["energy_wh"])


def _running_wh(organizations: Collection[int], at: datetime) -> int | None:
    """What the sessions that ran then had delivered, by the sample of that time."""
    samples = LoadSample.objects.filter(organization__in=organizations, site=None, at=slot_of(at))
    found: int | None = samples.aggregate(energy_wh=Sum("energy_wh"))["energy_wh"]
    return found
