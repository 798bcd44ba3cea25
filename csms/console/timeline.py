"""What happened at a station, in one line of time: why was it offline, since when is it faulted, who charged."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html

from accounts.console.quantities import energy, span
from charging.models import Session
from stations.looks import OFFLINE
from stations.models import ChargingStation, Command, StationConnection, StatusInterval

EACH, SHOWN = 12, 18


@dataclass(frozen=True)
class Moment:
    at: datetime
    vocabulary: str
    state: str
    text: str
    note: str = ""
    url: str = ""


def timeline(station: ChargingStation) -> list[Moment]:
    """Four queries; the newest first."""
    moments = [*_connections(station), *_states(station), *_sessions(station), *_commands(station)]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)[:SHOWN]


def _connections(station: ChargingStation) -> Iterator[Moment]:
    for connection in StationConnection.objects.filter(station=station)[:EACH]:
        origin = f" from {connection.address}" if connection.address else ""
        opened = f"Connected with {connection.get_ocpp_version_display()}{origin}"
        yield Moment(connection.opened_at, "station", "online", opened)
        if connection.closed_at:
            lasted = span(connection.closed_at - connection.opened_at)
            reason = connection.close_told or "no reason given"
            yield Moment(connection.closed_at, "station", OFFLINE, f"Disconnected after {lasted}", reason)


def _states(station: ChargingStation) -> Iterator[Moment]:
    intervals = StatusInterval.objects.filter(connector__evse__station=station).select_related("connector__evse")
    for interval in intervals[:EACH]:
        error = interval.error_code if interval.error_code != "NoError" else ""
        where = f"EVSE {interval.connector.evse.number}"
        yield Moment(interval.started_at, "connector", interval.status, where, f"{error} {interval.error_info}".strip())


def _sessions(station: ChargingStation) -> Iterator[Moment]:
    ended = Session.objects.ended().filter(station=station).select_related("driver", "token")
    for session in ended[:EACH]:
        where = f"EVSE {session.evse_number} · " if session.evse_number else ""
        yield Moment(
            session.ended_at or session.started_at,
            "session",
            session.status,
            format_html("{}{}", where, energy(session.energy_wh)),
            str(session.driver or session.token or session.masked_token),
            reverse("console:session", args=[session.pk]),
        )


def _commands(station: ChargingStation) -> Iterator[Moment]:
    for command in Command.objects.filter(station=station).select_related("requested_by")[:EACH]:
        yield Moment(
            command.finished_at or command.requested_at,
            "command",
            command.status,
            f"{command.title} by {command.requested_by or 'the system'}",
            command.detail,
            reverse("admin:stations_command_change", args=[command.pk]),
        )
