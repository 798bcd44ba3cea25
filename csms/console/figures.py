"""What the dashboard shows: a constant number of queries, none of which reads a whole large table."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Sum, When
from django.utils import timezone

from accounts.console.quantities import zone
from charging.models import LoadSample, Session, SessionAnomaly
from charging.services.load import FRESH, STEP, delivered_wh
from charging.states import AnomalyStatus
from stations.looks import OFFLINE
from stations.models import (
    ChargingStation,
    Command,
    Connector,
    Evse,
    RejectedConnection,
    Site,
    StationConnection,
    StationTrouble,
)
from stations.presence import URGENCY
from stations.states import ConnectorStatus, RefusalHandling

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MOST_COUNTED = 1000


class Share(NamedTuple):
    state: str
    evses: int


class Count1000(NamedTuple):
    """A number up to ``MOST_COUNTED``; beyond that it is only known that there are more."""

    value: int

    def __str__(self) -> str:
        return f"{self.value}" if self.value < MOST_COUNTED else f"{MOST_COUNTED}+"

    def __bool__(self) -> bool:
        return bool(self.value)


@dataclass(frozen=True)
class Scope:
    """The organizations a dashboard is about. Named one by one, because indexes begin with them."""

    organizations: tuple[int, ...]
    time_zone: str

    def of(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        path = getattr(rows.model, "organization_path", "organization")
        return rows.filter(**{f"{path}__in": self.organizations})

    @property
    def midnight(self) -> datetime:
        return timezone.now().astimezone(zone(self.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def some(rows: QuerySet[Any]) -> Count1000:
    return Count1000(rows.order_by()[:MOST_COUNTED].count())


def stations(scope: Scope) -> dict[str, int]:
    return scope.of(ChargingStation.objects.all()).aggregate(
        all=Count("pk"),
        online=Count("pk", filter=Q(connection__in=alive_connections())),
        disabled=Count("pk", filter=Q(is_enabled=False)),
    )


def alive_connections() -> QuerySet[StationConnection]:
    """For ``IN``, not for a join: the planner would read every connection there ever was."""
    return StationConnection.objects.alive().order_by().values("pk")  # type: ignore[return-value]


def evse_shares(scope: Scope) -> list[Share]:
    """EVSEs by state: of several connectors the most urgent counts, and offline hides all.

    Most EVSEs have one connector, whose state is theirs: only the others are looked at one by one.
    """
    evses = scope.of(Evse.objects.order_by()).annotate(is_online=is_online("station__connection"))
    several = Connector.objects.filter(number__gt=1).order_by().values("evse")
    ranks = [When(connectors__status=status, then=rank) for rank, status in enumerate(URGENCY)]
    most_urgent = Min(Case(*ranks, default=len(URGENCY) - 1, output_field=IntegerField()))
    single = evses.exclude(pk__in=several).values("is_online", "connectors__status").annotate(count=Count("pk"))
    found: Counter[str] = Counter()
    for online, status, count in single.values_list("is_online", "connectors__status", "count"):
        found[(status or ConnectorStatus.UNKNOWN) if online else OFFLINE] += count
    ranked = evses.filter(pk__in=several).values("pk", "is_online").annotate(rank=most_urgent)
    found.update(URGENCY[rank] if online else OFFLINE for online, rank in ranked.values_list("is_online", "rank"))
    return [Share(state, found[state]) for state in [*map(str, URGENCY), OFFLINE] if found[state]]


def is_online(connection: str) -> Case:
    """Whether the connection, named by its path, is held by a gateway that is alive."""
    return Case(When(Q(**{f"{connection}__in": alive_connections()}), then=True), default=False)


def power(scope: Scope) -> dict[str, Any]:
    """Of running sessions, while their readings are fresh, against what the grid connections allow."""
    running = (
        scope.of(Session.objects.ongoing())
        .order_by()
        .aggregate(count=Count("pk"), power_w=Sum("power_w", filter=Q(last_reading_at__gt=timezone.now() - FRESH)))
    )
    sites = scope.of(Site.objects.order_by()).aggregate(limit_w=Sum("grid_limit_w"))
    limit_w, power_w = sites["limit_w"], running["power_w"] or 0.0
    share = min(round(100 * power_w / limit_w), 100) if limit_w else None
    return {"running": running["count"], "power_w": power_w, "limit_w": limit_w, "percent": share}


def today(scope: Scope) -> dict[str, Any]:
    """What started and what was delivered since midnight, and until the same time of day a week ago."""
    midnight = scope.midnight
    by_now = timezone.now().astimezone(midnight.tzinfo) - WEEK
    since, week_ago = Q(started_at__gte=midnight), Q(started_at__range=(midnight - WEEK, by_now))
    started = scope.of(Session.objects.order_by()).filter(since | week_ago)
    counts = started.aggregate(now=Count("pk", filter=since), before=Count("pk", filter=week_ago))
    energy_wh = delivered_wh(scope.organizations, midnight)
    energy_before_wh = delivered_wh(scope.organizations, midnight - WEEK, by_now)
    return {
        "count": counts["now"],
        "energy_today_wh": energy_wh,
        "count_before": counts["before"],
        "energy_before_wh": energy_before_wh,
        "weekday": f"{midnight:%A}",
        "count_change": change(counts["now"], counts["before"]),
        "energy_change": change(energy_wh, energy_before_wh),
    }


def change(now: float | None, before: float | None) -> str:
    """``12 % more``; empty where there is nothing to compare with."""
    if now is None or not before:
        return ""
    percent = round(100 * (now - before) / before)
    return "as much as" if percent == 0 else f"{abs(percent)} % {'more' if percent > 0 else 'less'} than"


def queues(scope: Scope) -> dict[str, Count1000]:
    since = timezone.now() - DAY
    return {
        "anomalies": some(scope.of(SessionAnomaly.objects.filter(status=AnomalyStatus.OPEN))),
        "refusals": some(open_refusals(scope).filter(last_at__gt=since)),
        "failed_commands": some(scope.of(Command.objects.failed()).filter(requested_at__gt=since)),
    }


def open_refusals(scope: Scope) -> QuerySet[RejectedConnection]:
    return scope.of(RejectedConnection.objects.filter(handling=RefusalHandling.OPEN))


def running(scope: Scope) -> QuerySet[Session]:
    newest = scope.of(Session.objects.ongoing()).order_by("-started_at").values_list("pk", flat=True)[:8]
    return Session.objects.filter(pk__in=list(newest)).select_related(
        "station__site", "station__organization", "driver", "token"
    )


def worst_stations(scope: Scope) -> QuerySet[StationTrouble]:
    worst = scope.of(StationTrouble.objects.order_by("-score")).values("pk")[:6]
    return StationTrouble.objects.filter(pk__in=worst).select_related(
        "station__organization", "station__site", "station__connection__gateway"
    )


@dataclass(frozen=True)
class Load:
    """Columns of equal length."""

    at: list[datetime]
    power_w: list[float]

    def as_json(self, time_zone: str, limit_w: int | None) -> dict[str, Any]:
        return {
            "zone": time_zone,
            "at": [at.timestamp() for at in self.at],
            "power_kw": [round(power_w / 1000, 2) for power_w in self.power_w],
            "limit_kw": limit_w / 1000 if limit_w else None,
        }

    def hours(self) -> list[tuple[datetime, float, float]]:
        """Begin, mean and highest power of each hour, the newest first."""
        by_hour: dict[datetime, list[float]] = {}
        for at, power_w in zip(self.at, self.power_w, strict=True):
            by_hour.setdefault(at.replace(minute=0, second=0, microsecond=0), []).append(power_w)
        return [(hour, sum(found) / len(found), max(found)) for hour, found in sorted(by_hour.items(), reverse=True)]


def load_of(scope: Scope, site: Site | None = None) -> Load:
    """The last 24 hours. Where a site has no sample nobody charged there."""
    samples = LoadSample.objects.filter(
        organization__in=scope.organizations, site=site, at__gt=timezone.now() - DAY - STEP
    )
    rows = samples.order_by("at").values_list("at").annotate(power_w=Sum("power_w"))
    return Load([at for at, _ in rows], [power_w for _, power_w in rows])
