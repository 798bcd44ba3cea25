"""Storing readings: of many stations at once on the hot path, of one report on the careful one."""

import hashlib
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import UniqueViolation

from charging.models import Session, SignedReading
from charging.readings import LiveState, advance
from charging.reports import EventPlace, ReadingBatch, Sample, Samples
from charging.services.energy import recalculate
from charging.states import Location, Measurand, Phase, ReadingContext
from live.publish import publish_many

COPY_READINGS = """
COPY charging_meterreading (station_id, evse_number, at, measurand, phase, location, context, value, session_id)
FROM STDIN
"""
# Asked for anew each time: a table made in a transaction that was rolled back is gone.
STAGE_READINGS = """
CREATE TEMPORARY TABLE IF NOT EXISTS charging_staged_reading (
    station_id bigint, evse_number smallint, at timestamptz, measurand smallint, phase smallint,
    location smallint, context smallint, value double precision, session_id bigint
) ON COMMIT DELETE ROWS
"""
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
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::float8[], %s::float8[])
    AS news (id, received_at, last_reading_at, register_base_wh, register_wh, energy_wh, power_w, soc_percent)
WHERE session.id = news.id
"""
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
    lines = "".join([line for batch in batches for line in _lines(batch)])
    signed = [row for batch in batches for row in _signed_rows(batch)]
    events = [row for batch in batches for row in _event_rows(batch)]
    with connection.cursor() as cursor:
        if lines:
            _store_readings(cursor, lines)
        if events:
            cursor.execute(STORE_EVENTS, [list(column) for column in zip(*events, strict=True)])
    if signed:
        SignedReading.objects.bulk_create(signed, ignore_conflicts=True)


def _store_readings(cursor: CursorWrapper, lines: str) -> None:
    """Straight into the table, which takes the database a third less time; with a repeat among them the long way."""
    if repeats.are_coming():
        _merge_readings(cursor, lines)
        return
    try:
        with transaction.atomic(), cursor.copy(COPY_READINGS) as copy:
            copy.write(lines)
    except UniqueViolation:
        repeats.meet()
        _merge_readings(cursor, lines)


def _merge_readings(cursor: CursorWrapper, lines: str) -> None:
    cursor.execute(STAGE_READINGS)
    with cursor.copy("COPY charging_staged_reading FROM STDIN") as copy:
        copy.write(lines)
    cursor.execute(STORE_READINGS)


def _lines(batch: ReadingBatch) -> Iterator[str]:
    """In COPY's text format; there is no text among the columns, so nothing to escape."""
    head = f"{batch.station_id:d}\t{batch.evse_number:d}\t"
    tail = "\\N\n" if batch.session_id is None else f"{batch.session_id:d}\n"
    written_at, head_at = None, ""
    for at, measurand, value, phase, location, context in batch.samples.plain:
        if at is not written_at:  # the values of a message share their time
            written_at, head_at = at, head + at.isoformat()
        yield f"{head_at}{_kind(measurand, phase, location, context)}{value!r}\t{tail}"


@lru_cache(maxsize=4096)
def _kind(measurand: Measurand, phase: Phase, location: Location, context: ReadingContext) -> str:
    return f"\t{measurand:d}\t{phase:d}\t{location:d}\t{context:d}\t"


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
    return Running(session_id, station_id, evse_number, max(batch.received_at for batch in batches), live)


def _columns(running: Sequence[Running]) -> list[str]:
    rows = ((one.session_id, one.received_at, *one.live[1:2], *one.live[3:]) for one in running)
    return [_array(column) for column in zip(*rows, strict=True)]


def _array(values: Iterable[float | datetime | None]) -> str:
    """A PostgreSQL array as text: building it is ten times faster than letting the driver adapt a list."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _judge_again(session_ids: Iterable[int]) -> None:
    sessions = Session.objects.select_related("station").filter(pk__in=session_ids)
    for session in sessions.select_for_update(of=("self",), no_key=True).order_by("pk"):
        recalculate(session)


def _news(running: Iterable[Running]) -> Iterator[tuple[str, dict[str, Any]]]:
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
        yield f"station:{one.station_id}", message
        yield f"session:{one.session_id}", message


def keep(session: Session, samples: Samples, received_at: datetime, place: EventPlace | None) -> None:
    """Store what a message about one session told. EVSE 0 until the station says where it is."""
    store([ReadingBatch(session.station_id, session.evse_number or 0, session.pk, samples, received_at, place)])


def show(session: Session, samples: Sequence[Sample], received_at: datetime) -> None:
    """Move one session on in memory, on the careful path: its row is locked, stored and saved by the caller."""
    state = LiveState(**{name: getattr(session, name) for name in LiveState._fields})
    live = advance(state, samples, received_at)
    for name in LIVE_FIELDS:
        setattr(session, name, getattr(live, name))
