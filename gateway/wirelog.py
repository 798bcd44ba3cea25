"""The wire log: frames with their secrets masked, written in batches beside the hot path."""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from django.db import Error, IntegrityError, connection, transaction

from gateway.database import reason_to_wait
from gateway.threads import in_thread
from live import binary_copy
from stations.models import ChargingStation, Direction
from stations.services import Mended, count_repairs

log = logging.getLogger(__name__)

INTERVAL_S = 0.25
LARGEST_BATCH = 5000
# Beyond this the oldest are given up: the log must not take the memory the stations need.
LARGEST_BACKLOG = 100_000
LONGEST_TEXT = 60_000

COPY = """
    COPY stations_frame
        (station_id, connection_id, at, direction, message_type, message_id, action, text, repairs, error_code)
    FROM STDIN (FORMAT BINARY)
"""
# Ten fields, the first four of them: station, connection, time and direction.
ROW = Struct(">hiqi16siqih")
SMALLINT = Struct(">ih")
NO_TEXT = binary_copy.text("")
NO_REPAIRS = binary_copy.text_array(())

# A text, also one that is cut off at the end of the frame, or a number.
SCALAR = r'("(?:[^"\\]|\\.)*\\?(?:"|\Z)|-?\d[\d.eE+-]*)'
TOKEN = re.compile(
    rf'("(?:idTag|parentIdTag|idToken|additionalIdToken|emaid|eMAID|vin|customerIdentifier)"\s*:\s*){SCALAR}', re.DOTALL
)
SECRET = re.compile(
    rf'("(?:value|attributeValue|basicAuthPassword|apnPassword|password|data)"\s*:\s*){SCALAR}', re.DOTALL
)
VPN_KEY = re.compile(rf'("vpn"\s*:\s*{{[^{{}}]*?"key"\s*:\s*){SCALAR}', re.DOTALL)
# As stations/secret_variables.py, with slashes that may be escaped.
SECRET_IN_ADDRESS = re.compile(r"(\\?/files\\?/)[A-Za-z0-9_-]{43}")
USER_IN_ADDRESS = re.compile(r'(:\\?/\\?/)[^/\s"\\@]{1,200}@')
# A letter written by its number, which names of properties could hide behind. Escaped backslashes are passed over.
ESCAPED_LETTER = re.compile(r"(\\\\)|\\u00([46][1-9a-fA-F]|[57][0-9aA])")
# Most frames hold none of these; finding that out must cost less than the expressions do.
TOKEN_HINTS = ("dTag", "dToken", "maid", "MAID", '"vin"', "customerIdentifier")
SECRET_HINTS = ("authorizationkey", "password", "sharedsecret", "identitykey", "notifycustomerinformation", '"vpn"')


class LoggedFrame(NamedTuple):
    """One row of the log, in the order of COPY."""

    station_id: int
    connection_id: bytes
    at: datetime
    direction: Direction
    message_type: int | None
    message_id: str
    action: str
    text: str
    repairs: Sequence[str]
    error_code: str
    is_harmless: bool = False
    """It fits a schema that has no room for a token or a secret."""


def masked(text: str) -> str:
    """The frame with tokens shortened to their last four characters and secrets removed."""
    if "\\u00" in text:
        text = ESCAPED_LETTER.sub(_letter, text)
    if _mentions(text, TOKEN_HINTS):
        text = TOKEN.sub(_masked_token, text)
    if _mentions(text.lower(), SECRET_HINTS):
        text = VPN_KEY.sub(r'\1"••••"', SECRET.sub(r'\1"••••"', text))
    if "@" in text:
        text = USER_IN_ADDRESS.sub(r"\1••••@", text)
    if "/files" in text:
        text = SECRET_IN_ADDRESS.sub(r"\1••••", text)
    return text


def _letter(match: re.Match[str]) -> str:
    return match.group(1) or chr(int(match.group(2), 16))


def _mentions(text: str, hints: Iterable[str]) -> bool:
    for hint in hints:  # noqa: SIM110 - any() costs three times as much, for every frame
        if hint in text:
            return True
    return False


def _masked_token(match: re.Match[str]) -> str:
    before, value = match.groups()
    plain = value.strip('"')
    shown = plain[-4:] if len(plain) > 5 and "\\" not in plain else ""
    return f'{before}"••••{shown}"'


class WireLog:
    """Collects frames and writes them every ``INTERVAL_S``."""

    def __init__(self) -> None:
        self.frames: deque[LoggedFrame] = deque(maxlen=LARGEST_BACKLOG)
        self.dropped = 0
        """How many were given up, the oldest first, while the database was away for long."""

    def add(self, frame: LoggedFrame) -> None:
        if len(self.frames) == LARGEST_BACKLOG:
            self.dropped += 1
        self.frames.append(frame)

    async def run(self) -> None:
        """Write until cancelled; what is left then is written by ``flush``."""
        while True:
            await asyncio.sleep(INTERVAL_S)
            await self.flush()

    async def flush(self) -> None:
        while self.frames:
            batch = [self.frames.popleft() for _ in range(min(len(self.frames), LARGEST_BATCH))]
            await in_thread(write)(batch)
            if mended := repairs_in(batch):
                await in_thread(count_repairs)(mended)


def repairs_in(frames: Iterable[LoggedFrame]) -> dict[tuple[int, str], Mended]:
    """By station and repair; nearly always empty."""
    mended: dict[tuple[int, str], Mended] = {}
    for frame in frames:
        for repair in frame.repairs:
            known = mended.setdefault((frame.station_id, repair), Mended(0, frame.at, frame.at, ""))
            known.again(frame.at, frame.action)
    return mended


def write(frames: list[LoggedFrame]) -> None:
    """One COPY; a frame that cannot be stored stops neither a station nor the rest of the log."""
    rows = b"".join(map(_row, frames))
    try:
        # COPY raises the driver's own errors unless told otherwise.
        with (
            connection.wrap_database_errors,
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            binary_copy.copy_rows(cursor, COPY, rows)
    except Error as error:
        if reason_to_wait(error) is not None:
            raise  # in_thread waits
        kept = _of_stations_that_are_left(frames) if isinstance(error, IntegrityError) else frames
        if len(kept) < len(frames):
            write(kept)
            return
        if len(frames) == 1:
            log.error("frame not logged", extra={"station_id": frames[0].station_id, "error": str(error)[:200]})
            return
        half = len(frames) // 2
        write(frames[:half])
        write(frames[half:])


def _of_stations_that_are_left(frames: list[LoggedFrame]) -> list[LoggedFrame]:
    """A station may be deleted while it talks; its frames must not make those of the others wait."""
    stations = ChargingStation.objects.filter(pk__in={frame.station_id for frame in frames})
    left = set(stations.values_list("pk", flat=True))
    return [frame for frame in frames if frame.station_id in left]


def _row(frame: LoggedFrame) -> bytes:
    station_id, connection_id, at, direction, message_type, message_id, action, text, repairs, error_code, harmless = (
        frame
    )
    return b"".join(
        (
            ROW.pack(10, 8, station_id, 16, connection_id, 8, binary_copy.microseconds(at), 2, direction),
            binary_copy.NULL if message_type is None else SMALLINT.pack(2, message_type),
            binary_copy.text(message_id[:64]),
            _word(action[:50]),
            binary_copy.text((text if harmless else masked(text))[:LONGEST_TEXT]),
            binary_copy.text_array(repairs) if repairs else NO_REPAIRS,
            binary_copy.text(error_code[:50]) if error_code else NO_TEXT,
        )
    )


# There are as many actions as OCPP has, and what chargers invent.
_word = lru_cache(maxsize=512)(binary_copy.text)
