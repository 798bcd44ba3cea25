"""A station's frames, told again to a gateway: to see what this release makes of what a charger once sent.

A fixture is JSON lines: a head that describes the station, then its wire log as the console exports it. Tokens in it
are masked, so the masked ones are made known; the ids that we gave to transactions of OCPP 1.6 are replaced by those
that are given now; days are moved so that the last frame is of yesterday.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

from stations.models import Direction
from stations.repairs import Repair

PATIENCE_S = 30
DAY = re.compile(r"\b(\d{4}-\d\d-\d\d)(?=[T ]\d\d:)")
OUR_ID = re.compile(r'("transactionId"\s*:\s*"?)(\d+)')
TOKEN = re.compile(r'"(?:idTag|idToken)"\s*:\s*"([^"]+)"')
# A clock that was never set stays wrong, however the days are moved.
NEAR = timedelta(days=400)


class Wire(Protocol):
    """One socket of the replayed station."""

    async def send(self, frame: str | bytes) -> None: ...

    async def receive(self) -> str: ...


class Line(NamedTuple):
    """One frame of the export."""

    connection: str
    is_from_station: bool
    text: str
    is_binary: bool


class Step(NamedTuple):
    """What was sent again, and what came back for it."""

    sent: str
    answers: list[str]


@dataclass
class Fixture:
    """``head``: identity, ocpp_version, vendor, model, firmware_version, time_zone, traits."""

    head: dict[str, Any]
    lines: list[Line]
    days: timedelta = timedelta()

    @property
    def tokens(self) -> set[str]:
        """Those that were accepted, or of which no answer tells otherwise."""
        refused = {each[1] for each in self._frames(3) if b"Accepted" not in orjson.dumps(each[2:])}
        return {
            token
            for line in self.lines
            if line.is_from_station and _id_of(line.text) not in refused
            for token in TOKEN.findall(line.text)
        }

    def given_ids(self) -> dict[str, str]:
        """The transaction ids that we gave then, by the message id of the start."""
        return {
            str(each[1]): str(each[2]["transactionId"])
            for each in self._frames(3)
            if isinstance(each[2], dict) and "transactionId" in each[2]
        }

    def answers_of_station(self) -> dict[str, list[Any]]:
        """What the station answered, by the action of ours it was asked: the last answer of each."""
        asked = {str(each[1]): str(each[2]) for each in self._frames(2)}
        return {asked[str(each[1])]: each for each in self._frames(3, 4, ours=False) if str(each[1]) in asked}

    def _frames(self, *kinds: int, ours: bool = True) -> Iterator[list[Any]]:
        for line in self.lines:
            frame = _loaded(line.text)
            if line.is_from_station != ours and frame is not None and len(frame) > 2 and frame[0] in kinds:
                yield frame

    def moved(self, text: str) -> str:
        return DAY.sub(self._moved_day, text)

    def _moved_day(self, found: re.Match[str]) -> str:
        try:
            day = date.fromisoformat(found[1]) + self.days
        except ValueError:
            return found[1]  # there is no such day, and that is the quirk
        return day.isoformat() if abs(day - datetime.now(UTC).date()) < NEAR else found[1]


def read_fixture(path: Path) -> Fixture:
    """Raises ValueError where it is no export for a replay."""
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    if not rows or "replay" not in rows[0]:
        raise ValueError(f"{path.name} is no fixture: its first line must describe the station.")
    lines = [
        Line(
            str(row.get("connection", "")),
            row["direction"] == Direction.IN.label,
            row["frame"],
            Repair.BINARY_FRAME in (row.get("repairs") or ()),
        )
        for row in rows[1:]
    ]
    newest = max((datetime.fromisoformat(row["at"]).date() for row in rows[1:]), default=None)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return Fixture(rows[0]["replay"], lines, yesterday - newest if newest else timedelta())


@dataclass
class Replay:
    """Plays a fixture: each frame of the station is sent, and all that comes back before the next is kept."""

    fixture: Fixture
    connect: Callable[[], Awaitable[Wire]]
    steps: list[Step] = field(default_factory=list)

    async def play(self) -> list[Step]:
        given, answers = self.fixture.given_ids(), self.fixture.answers_of_station()
        ids: dict[str, str] = {}
        wire: Wire | None = None
        connection = ""
        for line in self.fixture.lines:
            frame = _loaded(line.text)
            if not line.is_from_station or (frame is not None and frame[:1] in ([3], [4])):
                continue
            if wire is None or line.connection != connection:
                wire, connection = await self.connect(), line.connection
            text = OUR_ID.sub(lambda found: found[1] + ids.get(found[2], found[2]), self.fixture.moved(line.text))
            await wire.send(text.encode() if line.is_binary else text)
            came = await self._heard(wire, answers)
            self.steps.append(Step(text, came))
            for answer in map(_loaded, came):
                before = given.get(str(answer[1])) if answer and answer[0] == 3 else None
                if before is not None and answer is not None:
                    ids[before] = str(answer[2]["transactionId"])
        return self.steps

    async def _heard(self, wire: Wire, answers: dict[str, list[Any]]) -> list[str]:
        """Until the Heartbeat behind the frame is answered; our own calls are answered as the station once did."""
        mark = f"replay-{len(self.steps)}"
        await wire.send(orjson.dumps([2, mark, "Heartbeat", {}]).decode())
        came: list[str] = []
        async with asyncio.timeout(PATIENCE_S):
            while True:
                text = await wire.receive()
                frame = orjson.loads(text)
                if frame[0] == 2:
                    known = answers.get(frame[2], [4, "", "NotImplemented", "", {}])
                    await wire.send(orjson.dumps([known[0], frame[1], *known[2:]]).decode())
                elif frame[1] == mark:
                    return came
                else:
                    came.append(text)


def _loaded(text: str) -> list[Any] | None:
    """A frame that can be read; None for what a charger wrote wrongly."""
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return frame if isinstance(frame, list) and len(frame) > 1 else None


def _id_of(text: str) -> Any:
    frame = _loaded(text)
    return frame[1] if frame else None
