"""A few dozen chargers under load: each charges, measures, stops and begins anew, whatever happens to the server."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator import Charger, ManualClock, Settings, SimulatorError
from tests.conftest import SECRET, VERSIONS
from tests.faults.patience import until
from tests.ledger import Ledger

STEP_S = 30
LONGEST_SESSION_STEPS = 12
AGAIN_S = 0.05
# A station's day, by its own clock, so that a long fault does not bring it past ours.
BEGAN_BEFORE = timedelta(days=1)


class Driver:
    """One charger and who charges there. Reconnects at once, like a station that has no manners."""

    def __init__(self, charger: Charger, uid: str, find_url: Callable[[], str]) -> None:
        self.charger = charger
        self.uid = uid
        self.find_url = find_url
        self.is_ending = False
        self.chance = random.Random(charger.identity)
        self.steps_left = 0
        self.reconnects = -1

    async def live(self) -> None:
        """Until told to end; then nothing runs and nothing is queued."""
        while not self.is_ending or self.charger.evse(1).is_plugged or len(self.charger.queue):
            if self.charger.is_ready:
                await self._do_something()
            else:
                await self._come_back()

    async def _come_back(self) -> None:
        charger = self.charger
        charger.url = self.find_url()
        try:
            if charger.registration is None:
                await charger.connect()
                await charger.boot()
            else:
                await charger.come_online()
            self.reconnects += 1
        except SimulatorError:
            await charger.wire.close()
            await asyncio.sleep(AGAIN_S)

    async def _do_something(self) -> None:
        """No two things happen to one station within the same second."""
        charger = self.charger
        if self.charger.evse(1).is_plugged:
            await charger.advance(STEP_S)
            self.steps_left -= 1
            if self.is_ending or self.steps_left <= 0:
                await charger.stop_charging()
                await charger.unplug()
        elif self.is_ending:
            await charger.drain()
        else:
            await charger.advance(STEP_S)
            self.steps_left = self.chance.randint(2, LONGEST_SESSION_STEPS)
            await charger.start_charging(self.uid)


class Fleet:
    """Chargers of all versions in turn, with a ledger."""

    def __init__(self, identities: Sequence[str], uid: str, find_url: Callable[[], str]) -> None:
        self.ledger = Ledger()
        self.closings: list[int] = []
        """The codes with which sockets were closed."""
        self.drivers = [
            Driver(self._charger(identity, VERSIONS[number % len(VERSIONS)]), uid, find_url)
            for number, identity in enumerate(identities)
        ]
        self.tasks: list[asyncio.Task[None]] = []

    def _charger(self, identity: str, version: str) -> Charger:
        settings = Settings(
            sample_interval_s=STEP_S, heartbeat_interval_s=0, message_attempts=1000, message_retry_interval_s=1
        )
        charger = Charger(
            url="",
            identity=identity,
            version=version,
            password=SECRET,
            settings=settings,
            clock=ManualClock(datetime.now(UTC).replace(microsecond=0) - BEGAN_BEFORE),
            answer_timeout_s=120,
            on_event=self._note,
        )
        self.ledger.watch(charger)
        return charger

    def _note(self, identity: str, event: str, fields: dict[str, Any]) -> None:
        if event == "connection_lost":
            self.closings.append(fields["code"])

    @property
    def chargers(self) -> list[Charger]:
        return [driver.charger for driver in self.drivers]

    @property
    def reconnects(self) -> int:
        return sum(max(0, driver.reconnects) for driver in self.drivers)

    def start(self) -> None:
        self.tasks = [asyncio.create_task(driver.live()) for driver in self.drivers]

    async def work(self, messages: int, timeout_s: float = 60) -> None:
        """Wait until so many more messages about transactions were acknowledged."""
        goal = self.ledger.acknowledged + messages
        await until(lambda: self.ledger.acknowledged >= goal, timeout_s, why=self._why)

    def _why(self) -> str:
        for task in self.tasks:
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error
        offline = [charger.identity for charger in self.chargers if not charger.is_ready]
        return f"{self.ledger.acknowledged} messages are acknowledged; not ready: {offline}"

    async def finish(self, timeout_s: float = 60) -> None:
        """Every session is stopped, every message is acknowledged."""
        for driver in self.drivers:
            driver.is_ending = True
        done, late = await asyncio.wait(self.tasks, timeout=timeout_s)
        for task in done:
            task.result()
        assert not late, self._why()

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for charger in self.chargers:
            await charger.close()
