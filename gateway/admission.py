"""Who comes to the database when thousands come at once: together, in order, and no more than can be served in time.

Stations that are connected have the other threads to themselves, so a storm does not keep a driver from charging.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from django.conf import settings
from django.db import transaction

from charging.services import ongoing_sessions
from firmware.services import confirm_versions
from gateway.together import Together
from stations import services
from stations.services import Boot, Opening, Registered

CROWD = 50
# So many (identity, address) pairs are remembered, the newest.
MOST_REMEMBERED = 50_000
# So many come through in a second, until it was measured.
FIRST_PACE_PER_S = 400.0
MEASURED_FOR_S = 1.0
SHORTEST_PAUSE_S = 5

Knocker = tuple[str, str | None]
"""Identity in lower case and address: nobody slows down a station from somewhere else."""


class Bucket:
    """How many connections a charger has left before it must rest between them."""

    __slots__ = ("filled_at", "left")

    def __init__(self, at: float) -> None:
        self.filled_at = at
        self.left = float(settings.OCPP_CONNECTS_BURST)

    def take(self, at: float) -> float:
        """Take one; returns how many seconds to rest before it is used."""
        per_s: float = settings.OCPP_CONNECTS_PER_MIN / 60
        self.left = min(float(settings.OCPP_CONNECTS_BURST), self.left + (at - self.filled_at) * per_s) - 1
        self.filled_at = at
        if self.left >= 0:
            return 0.0
        rest_s = min(float(settings.OCPP_CONNECTS_REST_S), -self.left / per_s)
        self.left = -rest_s * per_s
        return rest_s


class Pace:
    """How many come through in a second while others wait. When nobody waits it says nothing."""

    def __init__(self) -> None:
        self.per_s = FIRST_PACE_PER_S
        self._since = 0.0
        self._passed = 0

    def passed(self, at: float, *, others_wait: bool) -> None:
        if not others_wait:
            self._since = 0.0
        elif not self._since:
            self._since, self._passed = at, 0
        else:
            self._passed += 1
            if (lasted_s := at - self._since) >= MEASURED_FOR_S:
                self.per_s = (self.per_s + self._passed / lasted_s) / 2
                self._since, self._passed = at, 0


class Entrance:
    """What connections and boots pass on their way to the database."""

    def __init__(self, take_back: Callable[[Opening], None]) -> None:
        """``take_back`` closes the connection of a charger that has gone while it was opened."""
        self.knocking = 0
        """Handshakes without an answer."""
        self.pace = Pace()
        self._places = places = asyncio.Semaphore(max(1, settings.OCPP_ORM_THREADS // 2))
        self.stations = Together(services.find_stations, places=places)
        self.openings = Together(
            services.open_connections, places=places, key=lambda opening: opening.station_id, take_back=take_back
        )
        self.boots = Together(record_boots, places=places, key=lambda boot: boot.station_id)
        self.commands = Together(services.have_commands, places=places)
        self.sessions = Together(ongoing_sessions, places=places)
        self.closings = Together(services.close_connections, places=places)
        self._buckets: dict[Knocker, Bucket] = {}
        self._resting: dict[Knocker, asyncio.Future[None]] = {}

    @property
    def waiting(self) -> int:
        return self.knocking + len(self.boots.waiting)

    @property
    def is_crowded(self) -> bool:
        return self.waiting >= CROWD

    @contextmanager
    def knock(self) -> Iterator[None]:
        """Counted among those who wait for the answer to their handshake."""
        self.knocking += 1
        try:
            yield
            self.pace.passed(asyncio.get_running_loop().time(), others_wait=self.knocking >= CROWD)
        finally:
            self.knocking -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A place for what is not done together, first come, first served."""
        async with self._places:
            yield

    def come_again_s(self) -> int | None:
        """When to come again, for a charger that would give up before its turn; None: it is served in time.

        A socket that is gone when its turn comes has cost us a handshake, and its charger is among those who come next:
        so a storm that nobody can serve would never end.
        """
        wait_s = self.knocking / self.pace.per_s
        if self.knocking < CROWD or wait_s <= settings.OCPP_HANDSHAKE_WAIT_S:
            return None
        return SHORTEST_PAUSE_S + round(random.uniform(0.5, 1.5) * wait_s)  # noqa: S311

    async def rest(self, knocker: Knocker) -> bool:
        """Let a charger wait that reconnects all the time. False: it has come again meanwhile, and this is the old one.

        So one that reconnects every second costs a connection in five or six, and holds one socket while it waits.
        """
        rest_s = self._bucket(knocker).take(asyncio.get_running_loop().time())
        if (older := self._resting.pop(knocker, None)) is not None and not older.done():
            older.set_result(None)
        if rest_s <= 0:
            return True
        superseded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._resting[knocker] = superseded
        try:
            await asyncio.wait([superseded], timeout=rest_s)
            return not superseded.done()
        finally:
            if self._resting.get(knocker) is superseded:
                del self._resting[knocker]

    def _bucket(self, knocker: Knocker) -> Bucket:
        bucket = self._buckets.pop(knocker, None) or Bucket(asyncio.get_running_loop().time())
        self._buckets[knocker] = bucket
        if len(self._buckets) > MOST_REMEMBERED:
            del self._buckets[next(iter(self._buckets))]
        return bucket


def record_boots(boots: Sequence[Boot]) -> list[Registered | Exception]:
    """A boot with new firmware proves the update that was to bring it."""
    with transaction.atomic():
        results = services.record_boots(boots)
        proving = [
            boot
            for boot, result in zip(boots, results, strict=True)
            if isinstance(result, Registered) and result.has_new_firmware
        ]
        if proving:
            confirm_versions(proving)
    return results
