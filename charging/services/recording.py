"""Storing readings: of many stations at once on the hot path, of one report on the careful one."""

import hashlib
import math
import struct
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct
from typing import Any, NamedTuple

from django.db import DataError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import UniqueViolation

from charging.models import Session, SignedReading
from charging.readings import LiveState, advance
from charging.reports import EventPlace, ReadingBatch, Sample, Samples
from charging.services.energy import recalculate
from live.binary_copy import NULL, copy_rows, microseconds
from live.publish import News, publish_many

COPY_READINGS = """
COPY charging_meterreading (station_id, evse_number, at, measurand, phase, location, context, value, session_id)
FROM STDIN (FORMAT BINARY)
"""
# Asked for anew each time: a table made in a transaction that was rolled back is gone.
STAGE_READINGS = """
CREATE TEMPORARY TABLE IF NOT EXISTS charging_staged_reading (
    station_id bigint, evse_number smallint, at timestamptz, measurand smallint, phase smallint,
    location smallint, context smallint, value double precision, session_id bigint
) ON COMMIT DELETE ROWS
"""
COPY_STAGED = "COPY charging_staged_reading FROM STDIN (FORMAT BINARY)"
STORE_READINGS = """
INSERT INTO charging_meterreading
    (station_id, evse_number, at, measurand, phase, location, context, value, session_id)
SELECT station_id, evse_number, at, measurand, phase, location, context, value, session_id
FROM charging_staged_reading ON CONFLICT DO NOTHING
"""
STORE_EVENTS = """
INSERT INTO charging_sessionevent (session_id, sequence_number, type, trigger, at, received_at, is_offline)
SELECT * FROM unnest(
    %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::boolean[]
) ON CONFLICT DO NOTHING
"""
# Times as numbers: the driver takes four times as long to read them as text.
LOCK_RUNNING = """
SELECT id, station_id, evse_number, extract(epoch FROM started_at)::float8,
       extract(epoch FROM last_reading_at)::float8,
       meter_start_wh, register_base_wh, register_wh, energy_wh, power_w, soc_percent
FROM charging_session WHERE id = ANY(%s) AND ended_at IS NULL ORDER BY id FOR NO KEY UPDATE
"""
MOVE_ON = """
UPDATE charging_session AS session SET
    register_base_wh = news.register_base_wh, register_wh = news.register_wh, energy_wh = news.energy_wh,
    power_w = news.power_w, soc_percent = news.soc_percent, last_reading_at = news.last_reading_at,
    updated_at = GREATEST(session.updated_at, news.received_at)
FROM (
    SELECT id, register_base_wh, register_wh, energy_wh, power_w, soc_percent,
           timestamptz '2000-01-01 UTC' + received_us * interval '1 microsecond' AS received_at,
           timestamptz '2000-01-01 UTC' + last_reading_us * interval '1 microsecond' AS last_reading_at
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
                %s::float8[], %s::float8[])
        AS told (id, received_us, last_reading_us, register_base_wh, register_wh, energy_wh, power_w, soc_percent)
) AS news
WHERE session.id = news.id
"""
# Columns of a reading with their lengths; the first with the number of columns, 9, before it.
PLACE, SMALLINT, BIGINT, DOUBLE = Struct(">hiqih"), Struct(">ih"), Struct(">iq"), Struct(">id")
REPEATS_COME_FOR_S = 10
LIVE_FIELDS = ("last_reading_at", "register_base_wh", "register_wh", "energy_wh", "power_w", "soc_percent")


class Repeats:
    """Whether one was met lately in this process: a station that replays repeats more than one message."""

    met_at = -math.inf

    def meet(self) -> None:
        self.met_at = time.monotonic()

    def are_coming(self) -> bool:
        return time.monotonic() - self.met_at < REPEATS_COME_FOR_S


repeats = Repeats()


class Running(NamedTuple):
    """A session that goes on, as its newest readings leave it."""

    session_id: int
    station_id: int
    evse_number: int | None
    received_at: datetime
    live: LiveState


def record_readings(batches: Sequence[ReadingBatch]) -> None:
    """Store the readings of many stations and move their sessions on, in the caller's transaction.

    Repeats add nothing. Readings of a session that has ended are judged with the rest of it instead.
    """
    store(batches)
    by_session: dict[int, list[ReadingBatch]] = defaultdict(list)
    for batch in batches:
        if batch.session_id is not None:
            by_session[batch.session_id].append(batch)
    running = _move_on(by_session) if by_session else []
    if len(running) < len(by_session):
        _judge_again(by_session.keys() - {one.session_id for one in running})
    publish_many(_news(running))


def store(batches: Iterable[ReadingBatch]) -> None:
    """Keep what was told, and nothing else. A column that is no number of its kind fails the whole."""
    batches = list(batches)
    try:
        readings = b"".join([row for batch in batches for row in _rows(batch)])
    except struct.error as error:
        raise DataError(str(error)) from error
    signed = [row for batch in batches for row in _signed_rows(batch)]
    events = [row for batch in batches for row in _event_rows(batch)]
    with connection.cursor() as cursor:
        if readings:
            _store_readings(cursor, readings)
        if events:
            cursor.execute(STORE_EVENTS, [list(column) for column in zip(*events, strict=True)])
    if signed:
        SignedReading.objects.bulk_create(signed, ignore_conflicts=True)


def _store_readings(cursor: CursorWrapper, rows: bytes) -> None:
    """Straight into the table, which takes the database a third less time; with a repeat among them the long way."""
    if repeats.are_coming():
        _merge_readings(cursor, rows)
        return
    try:
        with transaction.atomic():
            copy_rows(cursor, COPY_READINGS, rows)
    except UniqueViolation:
        repeats.meet()
        _merge_readings(cursor, rows)


def _merge_readings(cursor: CursorWrapper, rows: bytes) -> None:
    cursor.execute(STAGE_READINGS)
    copy_rows(cursor, COPY_STAGED, rows)
    cursor.execute(STORE_READINGS)


def _rows(batch: ReadingBatch) -> Iterator[bytes]:
    place = PLACE.pack(9, 8, batch.station_id, 2, batch.evse_number)
    session = NULL if batch.session_id is None else BIGINT.pack(8, batch.session_id)
    told_at, here = None, b""
    for at, measurand, value, phase, location, context in batch.samples.plain:
        if at is not told_at:  # the values of a message share their time
            told_at, here = at, place + BIGINT.pack(8, microseconds(at))
        yield here + _kind(measurand, phase, location, context) + DOUBLE.pack(8, value) + session


@lru_cache(maxsize=4096)
def _kind(*numbers: int) -> bytes:
    return b"".join([SMALLINT.pack(2, number) for number in numbers])


def _signed_rows(batch: ReadingBatch) -> Iterator[SignedReading]:
    for signed in batch.samples.signed:
        yield SignedReading(
            station_id=batch.station_id,
            session_id=batch.session_id,
            evse_number=batch.evse_number,
            at=signed.at,
            context=signed.context,
            data=signed.data,
            digest=hashlib.sha256(signed.data.encode()).hexdigest(),
            encoding_method=signed.encoding_method[:50],
            signing_method=signed.signing_method[:50],
            public_key=signed.public_key,
        )


def _event_rows(batch: ReadingBatch) -> Iterator[tuple[Any, ...]]:
    place = batch.place
    if place is not None and batch.session_id is not None:
        yield (
            batch.session_id,
            place.sequence_number,
            place.type,
            place.trigger,
            place.at,
            batch.received_at,
            place.is_offline,
        )


def _move_on(by_session: dict[int, list[ReadingBatch]]) -> list[Running]:
    """The ongoing ones among the sessions, locked, advanced and written back in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_RUNNING, [list(by_session)])
        rows = cursor.fetchall()
        running = [_advanced(row, by_session[row[0]]) for row in rows]
        if running:
            cursor.execute(MOVE_ON, _columns(running))
    return running


def _advanced(row: tuple[Any, ...], batches: Sequence[ReadingBatch]) -> Running:
    session_id, station_id, evse_number, started_at, last_reading_at, *state = row
    last_at = None if last_reading_at is None else datetime.fromtimestamp(last_reading_at, UTC)
    live = LiveState(datetime.fromtimestamp(started_at, UTC), last_at, *state)
    for batch in batches:
        live = advance(live, batch.samples.plain, batch.received_at)
    received_at = max(batch.received_at for batch in batches)
    return Running(session_id, station_id, evse_number, received_at, live)


def _columns(running: Sequence[Running]) -> list[str]:
    """Times as microseconds: the driver, or Python, takes ten times as long to write a time as text."""
    rows = [
        (one.session_id, microseconds(one.received_at), last_at and microseconds(last_at), *live)
        for one in running
        for _, last_at, _, *live in [one.live]
    ]
    return [_array(column) for column in zip(*rows, strict=True)]


def _array(values: Iterable[float | None]) -> str:
    """A PostgreSQL array as text: building it is ten times faster than letting the driver adapt a list."""
    return f"{{{','.join(map(str, values))}}}".replace("None", "NULL")


def _judge_again(session_ids: Iterable[int]) -> None:
    sessions = Session.objects.select_related("station").filter(pk__in=session_ids)
    for session in sessions.select_for_update(of=("self",), no_key=True).order_by("pk"):
        recalculate(session)


def _news(running: Iterable[Running]) -> Iterator[News]:
    for one in running:
        message = {
            "kind": "readings",
            "station": one.station_id,
            "session": one.session_id,
            "evse": one.evse_number,
            "energy_wh": one.live.energy_wh,
            "power_w": one.live.power_w,
            "soc_percent": one.live.soc_percent,
        }
        yield (f"station:{one.station_id}", f"session:{one.session_id}"), message


def keep(session: Session, samples: Samples, received_at: datetime, place: EventPlace | None) -> None:
    """Store what a message about one session told. EVSE 0 until the station says where it is."""
    store([ReadingBatch(session.station_id, session.evse_number or 0, session.pk, samples, received_at, place)])


def show(session: Session, samples: Sequence[Sample], received_at: datetime) -> None:
    """Move one session on in memory, on the careful path: its row is locked, stored and saved by the caller."""
    state = LiveState(**{name: getattr(session, name) for name in LiveState._fields})
    live = advance(state, samples, received_at)
    for name in LIVE_FIELDS:
        setattr(session, name, getattr(live, name))
