"""Cars that charge although no start was told: the start was lost, or the station tells none of its own."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from charging.anomalies import open_anomaly
from charging.models import MeterReading, Session, SessionAnomaly
from charging.readings import Point, climb
from charging.states import AnomalyKind, AnomalyStatus, Location, Measurand, Phase
from stations.models import ChargingStation, StatusInterval
from stations.states import ConnectorStatus

# A start may be told after the state it leads to, and stations send both in one breath.
CHARGING_FOR = timedelta(minutes=10)
AT_ONCE = 200


def flag_unreported_starts(now: datetime | None = None) -> int:
    """Put connectors that have been charging for long without a session into the review queue, once each.

    What has a session after all is resolved. Returns the count of new ones.
    """
    now = now or timezone.now()
    _resolve(now)
    return sum(_flag(interval, now) for interval in _without_session(now))


def _sessions_at(station: str, evse_number: str) -> QuerySet[Session]:
    return Session.objects.filter(station=OuterRef(station), evse_number=OuterRef(evse_number))


def _without_session(now: datetime) -> QuerySet[StatusInterval]:
    """Charging connectors whose EVSE has no session that goes on, or ended since they began."""
    place = ("connector__evse__station", "connector__evse__number")
    running = _sessions_at(*place).ongoing()  # type: ignore[attr-defined]
    since = _sessions_at(*place).filter(ended_at__gte=OuterRef("started_at"))
    return (
        StatusInterval.objects.filter(
            connector__status=ConnectorStatus.CHARGING,
            status=ConnectorStatus.CHARGING,
            ended_at=None,
            started_at__lt=now - CHARGING_FOR,
        )
        .exclude(Exists(running))
        .exclude(Exists(since))
        .annotate(evse_number=F("connector__evse__number"), station_id=F("connector__evse__station"))
        .order_by("pk")[:AT_ONCE]
    )


@transaction.atomic
def _flag(interval: StatusInterval, now: datetime) -> bool:
    evse_number: int = getattr(interval, "evse_number")  # noqa: B009 - annotated
    station = ChargingStation.objects.get(pk=getattr(interval, "station_id"))  # noqa: B009
    energy_wh = _energy_since(station.pk, evse_number, interval.started_at)
    counted = f" Its meter has counted {energy_wh / 1000:,.3f} kWh since." if energy_wh else ""
    return open_anomaly(
        kind=AnomalyKind.UNREPORTED_START,
        station=station,
        evse_number=evse_number,
        fingerprint=f"{evse_number}:{interval.pk}",
        summary=f"EVSE {evse_number} has been charging since {interval.started_at:%Y-%m-%d %H:%M} UTC, and the station "
        f"told no start.{counted}",
        proposal="Wait for the start: it may still be in the station's queue.",
        evidence={"charging_since": interval.started_at.isoformat(), "energy_wh": round(energy_wh)},
    )


def _energy_since(station_id: int, evse_number: int, since: datetime) -> float:
    rows = MeterReading.objects.filter(
        station_id=station_id,
        evse_number=evse_number,
        at__gte=since,
        measurand=Measurand.ENERGY_IMPORT_REGISTER,
        phase=Phase.TOTAL,
        location=Location.OUTLET,
    ).order_by("at")
    return climb([Point(at, value) for at, value in rows.values_list("at", "value")]).energy_wh


def _resolve(now: datetime) -> None:
    waiting = SessionAnomaly.objects.filter(kind=AnomalyKind.UNREPORTED_START, status=AnomalyStatus.OPEN)
    told = waiting.filter(
        Exists(_sessions_at("station", "evse_number").filter(start_received_at__gt=OuterRef("opened_at")))
    )
    close = partial(told.update, status=AnomalyStatus.RESOLVED, closed_at=now)
    close(closing_reason="The start came after all.")
