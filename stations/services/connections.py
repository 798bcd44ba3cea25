"""Who is connected to which gateway. Of many at once, because after an outage all come in the same moment."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import connection as database
from django.db import transaction
from django.db.models.functions import Lower
from django.dispatch import Signal
from django.utils import timezone

from live.events import Happened, record_events
from live.publish import publish_many
from stations.doorbell import Held, close_sockets
from stations.errors import StationBusy
from stations.models import ChargingStation, StationConnection
from stations.recordset import as_json
from stations.services.client_certificates import replace_older, still_counting
from stations.services.commands import lose_commands
from stations.services.security_profiles import raise_profiles
from stations.signals import station_connected, station_disconnected
from stations.states import OcppVersion, RegistrationStatus

REPLACED = "replaced by a newer connection"
# What a handshake asks of a station.
KNOWN = (
    "identity",
    "is_enabled",
    "security_profile",
    "unnamed_version",
    "secret_hash",
    "pending_secret_hash",
    "serial_number",
    "organization__name",
    "organization__accepts_insecure_stations",
    "organization__accepts_missing_subprotocol",
)

Connected = tuple[int, int, uuid.UUID]
"""station id, organization id, connection id"""


class NoLongerWelcome(Exception):
    """Between its handshake and its connection the station was told to use a higher profile or another certificate."""


class StationDisabled(NoLongerWelcome):
    """The station was disabled between its handshake and its connection."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A socket that is to become its station's connection."""

    station_id: int
    connection_id: uuid.UUID
    gateway_id: uuid.UUID
    ocpp_version: OcppVersion
    security_profile: int
    address: str | None
    certificate_id: int | None = None
    """Of ours, by which it came in."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A connection whose socket is gone. ``last_seen_at`` None: what is known of it stays."""

    connection_id: uuid.UUID
    reason: str
    last_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """What a gateway keeps of a station while it is connected."""

    station_id: int
    registration: RegistrationStatus
    time_zone: str
    has_booted: bool
    """An earlier boot was accepted: the station may go on without a new one (OCPP-J 1.6 §5.4)."""
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Locked:
    """A station as it is when a socket of it is let in."""

    organization_id: int
    is_enabled: bool
    security_profile: int
    connection_id: uuid.UUID | None
    admission: Admission


def is_known(station_id: int) -> bool:
    """Whether the station still exists."""
    return ChargingStation.objects.filter(pk=station_id).exists()


def find_stations(identities: Sequence[str]) -> list[ChargingStation | None]:
    """The station of each identity, whatever its case, with what a handshake asks of it."""
    keys = [identity.lower() for identity in identities]
    rows = (
        ChargingStation.objects.annotate(identity_key=Lower("identity"))
        .filter(identity_key__in=set(keys))
        .select_related("organization")
        .only(*KNOWN)
        .order_by()
    )
    known = {vars(station)["identity_key"]: station for station in rows}
    return [known.get(key) for key in keys]


@transaction.atomic
def open_connections(openings: Sequence[Opening]) -> list[Admission | Exception]:
    """Make each socket its station's connection: the newest wins, and an older one is closed here and now.

    At most one for each station. NoLongerWelcome, StationBusy or DoesNotExist instead of what cannot be opened.
    """
    now = timezone.now()
    ids = [opening.station_id for opening in openings]
    stations = _lock(ids)
    missing = why_missing([station_id for station_id in ids if station_id not in stations])
    counting = {None, *still_counting([each.certificate_id for each in openings if each.certificate_id is not None])}
    results: list[Admission | Exception] = []
    opened: list[Opening] = []
    for opening in openings:
        station = stations.get(opening.station_id)
        if station is None:
            results.append(missing[opening.station_id])
        elif not station.is_enabled:
            results.append(StationDisabled(opening.station_id))
        elif opening.security_profile < station.security_profile or opening.certificate_id not in counting:
            results.append(NoLongerWelcome(opening.station_id))
        else:
            results.append(station.admission)
            opened.append(opening)
    if opened:
        older = [stations[opening.station_id].connection_id for opening in opened]
        _replace([connection_id for connection_id in older if connection_id is not None], at=now)
        _store(opened, at=now)
        _announce(
            station_connected,
            "connected",
            [(each.station_id, stations[each.station_id].organization_id, each.connection_id) for each in opened],
        )
        replace_older([each.certificate_id for each in opened if each.certificate_id is not None])
        raise_profiles(
            {
                each.station_id: each.security_profile
                for each in opened
                if each.security_profile > stations[each.station_id].security_profile
            }
        )
    return results


def _lock(station_ids: Sequence[int]) -> dict[int, _Locked]:
    """Read again under the lock: staff may have disabled one since its handshake was looked at.

    In order, as everybody locks them who locks many, and without those that somebody holds. A row that is about to be
    stored for a station, such as a frame of the log, is no reason to keep it out.
    """
    with database.cursor() as cursor:
        cursor.execute(
            """
            SELECT station.id, station.organization_id, station.is_enabled, station.security_profile,
                station.connection_id,
                station.registration, coalesce(site.time_zone, organization.time_zone),
                station.booted_at IS NOT NULL, station.traits
            FROM stations_chargingstation AS station
            JOIN accounts_organization AS organization ON organization.id = station.organization_id
            LEFT JOIN stations_site AS site ON site.id = station.site_id
            WHERE station.id = ANY(%s) ORDER BY station.id
            FOR NO KEY UPDATE OF station SKIP LOCKED
            """,
            [list(station_ids)],
        )
        rows = cursor.fetchall()
    return {
        pk: _Locked(
            organization_id,
            is_enabled,
            profile,
            held,
            Admission(pk, RegistrationStatus(registration), time_zone, has_booted, frozenset(traits)),
        )
        for pk, organization_id, is_enabled, profile, held, registration, time_zone, has_booted, traits in rows
    }


def why_missing(station_ids: Sequence[int]) -> dict[int, Exception]:
    """Of stations that could not be locked: somebody holds their row, or they are gone."""
    known: set[int] = set()
    if station_ids:
        known.update(ChargingStation.objects.filter(pk__in=station_ids).order_by().values_list("pk", flat=True))
    return {pk: StationBusy(pk) if pk in known else ChargingStation.DoesNotExist(pk) for pk in station_ids}


def _replace(connection_ids: Sequence[uuid.UUID], *, at: datetime) -> None:
    """Close the connections the stations had; their gateways, if they live, close the sockets."""
    if not connection_ids:
        return
    closed = _close([Closing(connection_id, REPLACED) for connection_id in connection_ids], at=at)
    transaction.on_commit(partial(close_sockets, closed))


def _store(openings: Sequence[Opening], *, at: datetime) -> None:
    opened = as_json(
        {
            "id": opening.connection_id,
            "station_id": opening.station_id,
            "gateway_id": opening.gateway_id,
            "version": opening.ocpp_version.value,
            "profile": int(opening.security_profile),
            "address": opening.address,
            "certificate_id": opening.certificate_id,
        }
        for opening in openings
    )
    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO stations_stationconnection
                (id, station_id, gateway_id, ocpp_version, security_profile, address, certificate_id, opened_at,
                 close_reason)
            SELECT new.*, %s, '' FROM json_to_recordset(%s) AS new (
                id uuid, station_id bigint, gateway_id uuid, version text, profile smallint, address inet,
                certificate_id bigint
            )
            """,
            [at, opened],
        )
        cursor.execute(
            """
            UPDATE stations_chargingstation AS station
            SET connection_id = new.id, ocpp_version = new.version, last_seen_at = %s
            FROM json_to_recordset(%s) AS new (id uuid, station_id bigint, version text)
            WHERE station.id = new.station_id
            """,
            [at, opened],
        )


@transaction.atomic
def disconnect_station(station: ChargingStation, *, reason: str) -> None:
    """End a station's connection here and now. Its gateway closes the socket: told at once, or when it next looks."""
    ChargingStation.objects.select_for_update(of=("self",)).get(pk=station.pk)
    connection = StationConnection.objects.filter(station=station, closed_at=None).first()
    if connection is None:
        return
    transaction.on_commit(partial(close_sockets, [(connection.gateway_id, station.pk, connection.pk)]))
    close_connections([Closing(connection.pk, reason, timezone.now())])


@transaction.atomic
def close_connections(closings: Sequence[Closing]) -> list[bool | Exception]:
    """End connections. A late close of a replaced one changes nothing; returns whether each was the current one.

    StationBusy instead of what is as it was, because somebody holds its station's row.
    """
    with database.cursor() as cursor:
        cursor.execute(
            """
            WITH locked AS (
                SELECT id FROM stations_chargingstation
                WHERE connection_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE stations_chargingstation AS station
            SET connection_id = NULL, last_seen_at = coalesce(told.at, station.last_seen_at)
            FROM locked, unnest(%s::uuid[], %s::timestamptz[]) AS told (connection_id, at)
            WHERE station.id = locked.id AND station.connection_id = told.connection_id
            RETURNING station.id, station.organization_id, told.connection_id
            """,
            [
                [closing.connection_id for closing in closings],
                [closing.connection_id for closing in closings],
                [closing.last_seen_at for closing in closings],
            ],
        )
        current: list[Connected] = cursor.fetchall()
    ended = {connection_id for _, _, connection_id in current}
    busy = _still_current([closing.connection_id for closing in closings if closing.connection_id not in ended])
    _close([closing for closing in closings if closing.connection_id not in busy], at=timezone.now())
    if current:
        _announce(station_disconnected, "disconnected", current)
    return [
        StationBusy(closing.connection_id) if closing.connection_id in busy else closing.connection_id in ended
        for closing in closings
    ]


def _still_current(connection_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    if not connection_ids:
        return set()
    held = ChargingStation.objects.filter(connection_id__in=connection_ids).order_by()
    return {pk for pk in held.values_list("connection_id", flat=True) if pk is not None}


def _close(closings: Sequence[Closing], *, at: datetime) -> list[Held]:
    """Returns who held those that were open."""
    ids = [closing.connection_id for closing in closings]
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE stations_stationconnection AS connection SET closed_at = %s, close_reason = told.reason
            FROM unnest(%s::uuid[], %s::text[]) AS told (id, reason)
            WHERE connection.id = told.id AND connection.closed_at IS NULL
            RETURNING connection.gateway_id, connection.station_id, connection.id
            """,
            [at, ids, [closing.reason[:200] for closing in closings]],
        )
        closed: list[Held] = cursor.fetchall()
    lose_commands(*ids)
    return closed


def _announce(signal: Signal, kind: str, connected: Sequence[Connected]) -> None:
    record_events([Happened(f"station.{kind}", organization, pk, held) for pk, organization, held in connected])
    for pk, _, held in connected:
        transaction.on_commit(partial(signal.send, sender=None, station_id=pk, connection_id=held))
    publish_many(
        ((f"station:{pk}", f"organization:{organization}"), {"kind": kind, "station": pk})
        for pk, organization, _ in connected
    )


def which_are_closed(connection_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Of these connections those that do not count as open any more."""
    with database.cursor() as cursor:
        cursor.execute(
            """
            SELECT held.id FROM unnest(%s::uuid[]) AS held (id)
            WHERE NOT EXISTS (
                SELECT FROM stations_stationconnection AS open WHERE open.id = held.id AND open.closed_at IS NULL
            )
            """,
            [list(connection_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def record_seen(seen_at: Mapping[int, datetime]) -> None:
    """Note when stations were last heard of, many in one statement."""
    if not seen_at:
        return
    with database.cursor() as cursor:
        cursor.execute(
            """
            WITH locked AS (
                SELECT id FROM stations_chargingstation WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE stations_chargingstation AS station SET last_seen_at = seen.at
            FROM locked, unnest(%s::bigint[], %s::timestamptz[]) AS seen (id, at)
            WHERE station.id = locked.id AND seen.id = locked.id
                AND (station.last_seen_at IS NULL OR station.last_seen_at < seen.at)
            """,
            [list(seen_at), list(seen_at), list(seen_at.values())],
        )
