"""What the dashboard shows: a constant number of queries, none of which reads a whole large table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Sum, When
from django.urls import reverse
from django.utils import timezone

from accounts.console.quantities import span, zone
from charging.models import LoadSample, Session, SessionAnomaly
from charging.services.load import FRESH, STEP
from charging.states import AnomalyStatus
from stations.looks import OFFLINE
from stations.models import (
    ChargingStation,
    Command,
    Evse,
    RejectedConnection,
    Site,
    StationConnection,
    StationTrouble,
    StatusInterval,
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
    """EVSEs by state, in one query: of several connectors the most urgent counts, and offline hides all."""
    ranks = [When(connectors__status=status, then=rank) for rank, status in enumerate(URGENCY)]
    unknown = len(URGENCY) - 1
    online = Q(station__connection__in=alive_connections())
    ranked = (
        scope.of(Evse.objects.order_by())
        .annotate(is_online=Case(When(online, then=1), default=0, output_field=IntegerField()))
        .annotate(rank=Min(Case(*ranks, default=unknown, output_field=IntegerField())))
    )
    numbers = ranked.aggregate(
        **{OFFLINE: Count("pk", filter=Q(is_online=0))},
        **{str(status): Count("pk", filter=Q(is_online=1, rank=rank)) for rank, status in enumerate(URGENCY)},
    )
    return [Share(state, numbers[state]) for state in [*map(str, URGENCY), OFFLINE] if numbers[state]]


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
    """What started today, and a week ago until the same time of day."""
    midnight, now = scope.midnight, timezone.now()
    week_ago = Q(started_at__range=(midnight - WEEK, now - WEEK))
    since = Q(started_at__gte=midnight)
    numbers = (
        scope.of(Session.objects.order_by())
        .filter(since | week_ago)
        .aggregate(
            count=Count("pk", filter=since),
            energy_today_wh=Sum("energy_wh", filter=since, default=0),
            count_before=Count("pk", filter=week_ago),
            energy_before_wh=Sum("energy_wh", filter=week_ago, default=0),
        )
    )
    return {
        **numbers,
        "weekday": f"{midnight:%A}",
        "count_change": change(numbers["count"], numbers["count_before"]),
        "energy_change": change(numbers["energy_today_wh"], numbers["energy_before_wh"]),
    }


def change(now: float, before: float) -> str:
    """``12 % more``; empty where there is nothing to compare with."""
    if not before:
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
    return (
        scope.of(Session.objects.ongoing())
        .select_related("station__site", "station__organization", "driver", "token")
        .order_by("-started_at")[:8]
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


@dataclass(frozen=True)
class Event:
    at: datetime
    vocabulary: str
    state: str
    text: str
    url: str
    station: ChargingStation | None = None
    note: str = ""


def latest_events(scope: Scope, count: int = 10) -> list[Event]:
    """The newest of each kind, merged."""
    found = [
        *_sessions(scope, count // 2),
        *_faults(scope, count),
        *_failed_commands(scope, count),
        *_anomalies(scope, count),
        *_refusals(scope, count),
        *_connections(scope, "opened_at", "online", "Connected", count // 2),
        *_connections(scope, "closed_at", OFFLINE, "Disconnected", count // 2),
    ]
    return sorted(found, key=lambda event: event.at, reverse=True)[:count]


PLACE = ("station__site", "station__organization")


def _sessions(scope: Scope, count: int) -> Iterator[Event]:
    rows = scope.of(Session.objects.select_related(*PLACE, "driver", "token")).order_by("-started_at")
    for session in rows[:count]:
        who = str(session.driver or session.token or session.masked_token or "")
        url = reverse("console:session", args=[session.pk])
        yield Event(session.started_at, "session", session.status, "Session started", url, session.station, who)


def _faults(scope: Scope, count: int) -> Iterator[Event]:
    rows = scope.of(StatusInterval.objects.filter(status=ConnectorStatus.FAULTED)).filter(
        started_at__gt=timezone.now() - WEEK
    )
    path = "connector__evse__station"
    for fault in rows.select_related(f"{path}__site", f"{path}__organization").order_by("-started_at")[:count]:
        station = fault.connector.evse.station
        where = f"EVSE {fault.connector.evse.number} faulted"
        note = " ".join(filter(None, (fault.error_code, fault.error_info)))
        url = reverse("console:station", args=[station.pk])
        yield Event(fault.started_at, "connector", fault.status, where, url, station, note)


def _failed_commands(scope: Scope, count: int) -> Iterator[Event]:
    rows = scope.of(Command.objects.failed()).filter(requested_at__gt=timezone.now() - WEEK)
    for command in rows.select_related(*PLACE).order_by("-requested_at")[:count]:
        url = reverse("admin:stations_command_change", args=[command.pk])
        at = command.finished_at or command.requested_at
        yield Event(at, "command", command.status, command.kind, url, command.station, command.detail)


def _anomalies(scope: Scope, count: int) -> Iterator[Event]:
    rows = scope.of(SessionAnomaly.objects.filter(status=AnomalyStatus.OPEN)).select_related(*PLACE)
    for anomaly in rows.order_by("-opened_at")[:count]:
        url = reverse("console:anomaly", args=[anomaly.pk])
        text = anomaly.get_kind_display()
        yield Event(anomaly.opened_at, "anomaly", anomaly.status, text, url, anomaly.station, anomaly.summary)


def _connections(scope: Scope, moment: str, state: str, text: str, count: int) -> Iterator[Event]:
    """Of the last hour only: after an outage there are as many as stations."""
    rows = scope.of(StationConnection.objects.filter(**{f"{moment}__gt": timezone.now() - HOUR}))
    for connection in rows.select_related(*PLACE).order_by(f"-{moment}")[:count]:
        station = connection.station
        note = connection.close_reason if state == OFFLINE else connection.get_ocpp_version_display()
        url = reverse("console:station", args=[station.pk])
        yield Event(getattr(connection, moment), "station", state, text, url, station, note)


def _refusals(scope: Scope, count: int) -> Iterator[Event]:
    for refusal in open_refusals(scope).order_by("-last_at")[:count]:
        url = reverse("console:refusal", args=[refusal.pk])
        tries = f"{refusal.count} tries within {span(refusal.last_at - refusal.first_at)}" if refusal.count > 1 else ""
        yield Event(refusal.last_at, "refusal", refusal.cause, refusal.identity or "nobody", url, None, tries)
