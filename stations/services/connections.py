"""Who is connected to which gateway, and who was refused."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection as database
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Func, Value, When
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Organization
from live.events import record_event
from live.publish import publish
from stations.doorbell import close_socket
from stations.models import ChargingStation, RejectedConnection, StationConnection
from stations.services.commands import lose_commands
from stations.services.refusals import identity_to_keep
from stations.signals import station_connected, station_disconnected
from stations.states import OcppVersion, RefusalCause, RefusalHandling, RegistrationStatus

WITH_PLACE = ("organization", "site", "connection")


class NewestTries(Func):
    """Bounded: a charger that knocks every five seconds for a month must not fill its row."""

    function = "array_prepend"
    template = "(%(function)s(%(expressions)s))[1:50]"
    output_field = ArrayField(DateTimeField())


class StationDisabled(Exception):
    """The station was disabled between its handshake and its connection."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What a gateway keeps of a station while it is connected."""

    station_id: int
    registration: RegistrationStatus
    time_zone: str
    has_booted: bool
    """An earlier boot was accepted: the station may go on without a new one (OCPP-J 1.6 §5.4)."""
    traits: frozenset[str] = frozenset()


def is_known(station_id: int) -> bool:
    """Whether the station still exists."""
    return ChargingStation.objects.filter(pk=station_id).exists()


def find_station(identity: str) -> ChargingStation | None:
    """The station of this identity, whatever its case, with its organization and site."""
    return (
        ChargingStation.objects.annotate(identity_key=Lower("identity"))
        .filter(identity_key=identity.lower())
        .select_related("organization", "site")
        .first()
    )


@transaction.atomic
def open_connection(
    *,
    station: ChargingStation,
    connection_id: uuid.UUID,
    gateway_id: uuid.UUID,
    ocpp_version: OcppVersion,
    security_profile: int,
    address: str | None,
) -> Admission:
    """Make this socket the station's connection. The newest wins: an older one is closed here and now."""
    now = timezone.now()
    # Read again under the lock: staff may have disabled it since the handshake was looked at.
    station = ChargingStation.objects.select_for_update(of=("self",)).select_related(*WITH_PLACE).get(pk=station.pk)
    if not station.is_enabled:
        raise StationDisabled(station.identity)
    _replace_connection(station, at=now)
    StationConnection.objects.create(
        id=connection_id,
        station=station,
        gateway_id=gateway_id,
        ocpp_version=ocpp_version,
        security_profile=security_profile,
        address=address,
        opened_at=now,
    )
    ChargingStation.objects.filter(pk=station.pk).update(
        connection_id=connection_id, ocpp_version=ocpp_version, last_seen_at=now
    )
    _announce(station_connected, station.pk, station.organization_id, connection_id, kind="connected")
    return Admission(
        station_id=station.pk,
        registration=RegistrationStatus(station.registration),
        time_zone=station.time_zone,
        has_booted=station.booted_at is not None,
        traits=frozenset(station.traits),
    )


def _replace_connection(station: ChargingStation, *, at: datetime) -> None:
    """Close the connection the station had; its gateway, if it lives, closes the socket."""
    old = station.connection
    if old is not None:
        _close(old.pk, reason="replaced by a newer connection", at=at)
        transaction.on_commit(partial(close_socket, old.gateway_id, station.pk, old.pk))


@transaction.atomic
def disconnect_station(station: ChargingStation, *, reason: str) -> None:
    """End a station's connection here and now. Its gateway closes the socket: told at once, or when it next looks."""
    connection = StationConnection.objects.filter(station=station, closed_at=None).first()
    if connection is None:
        return
    transaction.on_commit(partial(close_socket, connection.gateway_id, station.pk, connection.pk))
    close_connection(connection_id=connection.pk, reason=reason)


@transaction.atomic
def close_connection(*, connection_id: uuid.UUID, reason: str, last_seen_at: datetime | None = None) -> bool:
    """End a connection. A late close of a replaced one changes nothing; returns whether it was the current one."""
    now = timezone.now()
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE stations_chargingstation SET connection_id = NULL, last_seen_at = %s WHERE connection_id = %s
            RETURNING id, organization_id
            """,
            [last_seen_at or now, connection_id],
        )
        station = cursor.fetchone()
    _close(connection_id, reason=reason, at=now)
    if station is not None:
        station_id, organization_id = station
        _announce(station_disconnected, station_id, organization_id, connection_id, kind="disconnected")
    return station is not None


def _close(connection_id: uuid.UUID, *, reason: str, at: datetime) -> None:
    StationConnection.objects.filter(pk=connection_id, closed_at=None).update(closed_at=at, close_reason=reason[:200])
    lose_commands(connection_id)


def _announce(signal: Any, station_id: int, organization_id: int, connection_id: uuid.UUID, *, kind: str) -> None:
    record_event(f"station.{kind}", organization_id=organization_id, station_id=station_id, subject_id=connection_id)
    transaction.on_commit(partial(signal.send, sender=None, station_id=station_id, connection_id=connection_id))
    publish(f"station:{station_id}", f"organization:{organization_id}", kind=kind, station=station_id)


def record_seen(seen_at: Mapping[int, datetime]) -> None:
    """Note when stations were last heard of, many in one statement."""
    if not seen_at:
        return
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE stations_chargingstation AS station SET last_seen_at = seen.at
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS seen (id, at)
            WHERE station.id = seen.id AND (station.last_seen_at IS NULL OR station.last_seen_at < seen.at)
            """,
            [list(seen_at), list(seen_at.values())],
        )


@transaction.atomic
def refuse_connection(
    *,
    cause: RefusalCause,
    identity: str,
    station: ChargingStation | None,
    address: str | None,
    path: str,
    subprotocols: Sequence[str],
    headers: Mapping[str, str],
) -> None:
    """Keep a refused handshake; the same one again only counts up. ``headers`` must hold no credentials."""
    now = timezone.now()
    organization_id = (
        station.organization_id
        if station
        else Organization.objects.filter(receives_unknown_stations=True).values_list("pk", flat=True).first()
    )
    row, is_new = RejectedConnection.objects.get_or_create(
        identity=identity[:255] if station else identity_to_keep(identity, address=address, cause=cause),
        address=address,
        cause=cause,
        defaults={
            "organization_id": organization_id,
            "station": station,
            "path": path[:500],
            "subprotocols": ", ".join(subprotocols)[:200],
            "headers": dict(headers),
            "first_at": now,
            "last_at": now,
            "tries_at": [now],
        },
    )
    if not is_new:
        RejectedConnection.objects.filter(pk=row.pk).update(
            count=F("count") + 1,
            last_at=now,
            tries_at=NewestTries(Value(now, output_field=DateTimeField()), F("tries_at")),
            # What was adopted once and is refused again needs another look; what was dismissed stays so.
            handling=Case(
                When(handling=RefusalHandling.ADOPTED, then=Value(RefusalHandling.OPEN)), default=F("handling")
            ),
            organization_id=organization_id,
            station=station,
            path=path[:500],
            subprotocols=", ".join(subprotocols)[:200],
            headers=dict(headers),
        )
    if organization_id is not None:
        publish(f"organization:{organization_id}", kind="refused", refusal=row.pk)
