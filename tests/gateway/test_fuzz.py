"""Many stations of every version send what they should not, at a gateway that must neither fall nor grow.

``FUZZ_FRAMES=100000 FUZZ_SEED=7 python -m pytest -s tests/gateway/test_fuzz.py`` tries more of it. The seed tells the
frames; what they meet there also depends on which station is quicker.
"""

import asyncio
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from charging.models import Session
from stations.models import ChargingStation, Site
from tests.conftest import VERSIONS, Person, add_station
from tests.gateway.conftest import complaints
from tests.gateway.mutator import Mutator, Shot, written
from tests.gateway.socket import Socket, open_socket
from tests.harness import GatewayUnderTest
from tests.usecases.console import Console

FRAMES = int(os.environ.get("FUZZ_FRAMES", "1500"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
AT_ONCE = 25
"""Frames that are sent before their answers are read."""
MARGIN_KB = 32 * 1024
"""How much more memory the second half may leave in use than the first."""
LISTS = (
    *("charging_session", "charging_sessionanomaly", "charging_reservation", "stations_command", "stations_variable"),
    *("stations_securityevent", "stations_frame", "stations_rejectedconnection", "drivers_authorizationrecord"),
)


class Gunner:
    """One station, and the account of its answers."""

    def __init__(self, socket: Socket, mutator: Mutator) -> None:
        self.socket, self.mutator = socket, mutator
        self.outcomes: Counter[str] = Counter()
        self.results = 0
        """Answers of its own since the last look: one that nobody can read may be answered too."""

    async def fire(self, count: int) -> None:
        while count > 0:
            shots = [self.mutator.shot() for _ in range(min(AT_ONCE, count))]
            count -= len(shots)
            for shot in shots:
                await self.socket.send(shot.data)
            self._judge(shots, await self.socket.answers_before_heartbeat())
            while self.socket.commands:
                await self.socket.send(self.mutator.answer(self.socket.commands.pop(0)))
                self.results += 1

    def _judge(self, shots: list[Shot], answers: list[list[Any]]) -> None:
        """Each CALL whose id can be read has exactly one answer, and no answer is a mistake of ours."""
        owed = Counter(_key(shot.message_id) for shot in shots if shot.message_id is not None)
        got = Counter(_key(answer[1]) for answer in answers)
        others = got - owed
        free, self.results = self.results + sum(shot.message_id is None for shot in shots), 0
        context = [shot.data[:2000] for shot in shots]
        assert not owed - got, (owed - got, context)
        assert others.total() <= free, (others, context)
        self.outcomes.update("answered" if answer[0] == 3 else str(answer[2]) for answer in answers)
        assert {answer[0] for answer in answers} <= {3, 4}, context
        assert self.outcomes["InternalError"] == 0, (answers, context)


def _key(message_id: Any) -> str:
    return written(message_id)


def memory_kb(process: GatewayUnderTest) -> int:
    """What the process has in use (Linux)."""
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


async def _gunner(url: str, site: Site, version: str) -> Gunner:
    identity = f"fuzz-{version}"
    await sync_to_async(add_station)(site, identity)
    return Gunner(await open_socket(url, identity, version, max_size=None), Mutator(version, SEED))


@pytest.mark.timeout(300 + FRAMES // 20)
async def test_changed_frames(
    unhurried_gateway: GatewayUnderTest, harbour: Site, alice: Person, olga: User, settings: Any
) -> None:
    """Answered once each, by the same process, which keeps its memory; and staff can look at all that came of it."""
    settings.STATIC_ROOT = None
    gateway, pid, log_before = unhurried_gateway, unhurried_gateway.process.pid, len(unhurried_gateway.output())
    gunners = [await _gunner(gateway.url, harbour, version) for version in VERSIONS]
    share = FRAMES // len(VERSIONS)
    began, memory = time.monotonic(), [memory_kb(gateway)]
    # The first part fills caches and pools; then both halves have to do with the same.
    for part in (share // 5, share * 2 // 5, share * 2 // 5):
        await asyncio.gather(*(gunner.fire(part) for gunner in gunners))
        memory.append(memory_kb(gateway))
    seconds = round(time.monotonic() - began)
    outcomes = {each.mutator.version: dict(each.outcomes) for each in gunners}
    sys.stdout.write(f"\n{FRAMES} frames, seed {SEED}, {seconds} s, memory {memory} KiB, {outcomes}\n")
    assert (gateway.process.poll(), gateway.process.pid) == (None, pid)
    assert complaints(gateway.output()[log_before:]) == []
    assert memory[3] - memory[2] <= MARGIN_KB, memory
    assert await Session.objects.aexists()
    for gunner in gunners:
        assert gunner.outcomes["answered"] > share // 10
        await gunner.socket.connection.close()
    await _look_at_everything(Console(olga))


async def _look_at_everything(console: Console) -> None:
    """No page may fail for what stations told: ``page`` takes nothing but 200."""
    for name in LISTS:
        await console.page(f"admin:{name}_changelist")
    async for station in ChargingStation.objects.all():
        await console.page("console:station", station.pk)
        for part in ("variables", "limits", "quirks", "security", "logs", "upkeep", "wire"):
            await console.page("console:station_part", station.pk, part)
    async for session in Session.objects.order_by("-pk")[:20]:
        await console.page("console:session", session.pk)
        await console.page("console:session_series", session.pk)
