"""The latest events of the dashboard: the newest of each kind, merged."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.console.quantities import span
from charging.models import Session, SessionAnomaly
from charging.states import AnomalyStatus
from csms.console.figures import HOUR, WEEK, Scope, open_refusals
from stations.looks import OFFLINE
from stations.models import ChargingStation, Command, StationConnection, StatusInterval
from stations.states import ConnectorStatus


@dataclass
class Event:
    at: datetime
    vocabulary: str
    state: str
    text: str
    url: str
    station_id: int | None
    note: str = ""
    station: ChargingStation | None = None


def latest_events(scope: Scope, count: int = 10) -> list[Event]:
    """Stations are read for those that are shown only."""
    found = [
        *_sessions(scope, count // 2),
        *_faults(scope, count),
        *_failed_commands(scope, count),
        *_anomalies(scope, count),
        *_refusals(scope, count),
        *_connections(scope, "opened_at", "online", "Connected", count // 2),
        *_connections(scope, "closed_at", OFFLINE, "Disconnected", count // 2),
    ]
    shown = sorted(found, key=lambda event: event.at, reverse=True)[:count]
    stations = ChargingStation.objects.select_related("site", "organization").in_bulk(
        {event.station_id for event in shown if event.station_id}
    )
    for event in shown:
        event.station = stations.get(event.station_id or 0)
    return shown


def _sessions(scope: Scope, count: int) -> Iterator[Event]:
    newest = scope.of(Session.objects.order_by("-started_at")).values_list("pk", flat=True)[:count]
    for session in Session.objects.filter(pk__in=list(newest)).select_related("driver", "token"):
        who = str(session.driver or session.token or session.masked_token or "")
        url = reverse("console:session", args=[session.pk])
        yield Event(session.started_at, "session", session.status, "Session started", url, session.station_id, who)


def _faults(scope: Scope, count: int) -> Iterator[Event]:
    rows: Any = scope.of(StatusInterval.objects.filter(status=ConnectorStatus.FAULTED))
    rows = rows.filter(started_at__gt=timezone.now() - WEEK).order_by("-started_at").select_related("connector__evse")
    for fault in rows[:count]:
        evse = fault.connector.evse
        note = " ".join(filter(None, (fault.error_code, fault.error_info)))
        url = reverse("console:station", args=[evse.station_id])
        text = f"EVSE {evse.number} faulted"
        yield Event(fault.started_at, "connector", fault.status, text, url, evse.station_id, note)


def _failed_commands(scope: Scope, count: int) -> Iterator[Event]:
    rows = scope.of(Command.objects.failed()).filter(requested_at__gt=timezone.now() - WEEK)
    for command in rows.order_by("-requested_at")[:count]:
        url = reverse("admin:stations_command_change", args=[command.pk])
        at = command.finished_at or command.requested_at
        yield Event(at, "command", command.status, command.title, url, command.station_id, command.detail)


def _anomalies(scope: Scope, count: int) -> Iterator[Event]:
    rows = scope.of(SessionAnomaly.objects.filter(status=AnomalyStatus.OPEN))
    for anomaly in rows.order_by("-opened_at")[:count]:
        url = reverse("console:anomaly", args=[anomaly.pk])
        text = anomaly.get_kind_display()
        yield Event(anomaly.opened_at, "anomaly", anomaly.status, text, url, anomaly.station_id, anomaly.summary)


def _connections(scope: Scope, moment: str, state: str, text: str, count: int) -> Iterator[Event]:
    """Of the last hour only: after an outage there are as many as stations."""
    rows = scope.of(StationConnection.objects.filter(**{f"{moment}__gt": timezone.now() - HOUR}))
    for connection in rows.order_by(f"-{moment}")[:count]:
        note = connection.close_told if state == OFFLINE else connection.get_ocpp_version_display()
        url = reverse("console:station", args=[connection.station_id])
        yield Event(getattr(connection, moment), "station", state, text, url, connection.station_id, note)


def _refusals(scope: Scope, count: int) -> Iterator[Event]:
    for refusal in open_refusals(scope).order_by("-last_at")[:count]:
        url = reverse("console:refusal", args=[refusal.pk])
        tries = f"{refusal.count} tries within {span(refusal.last_at - refusal.first_at)}" if refusal.count > 1 else ""
        yield Event(refusal.last_at, "refusal", refusal.cause, refusal.identity or "nobody", url, None, tries)
