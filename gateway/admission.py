"""Who comes to the database when thousands come at once: a few at a time and in order; nobody is refused.

Stations that are connected have the other threads to themselves, so a storm does not keep a driver from charging.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.conf import settings

CROWD = 50
# So many (identity, address) pairs are remembered, the newest.
MOST_REMEMBERED = 50_000

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


class Entrance:
    """What connections and boots pass on their way to the database."""

    def __init__(self) -> None:
        self.waiting = 0
        self._places = asyncio.Semaphore(max(1, settings.OCPP_ORM_THREADS // 2))
        self._buckets: dict[Knocker, Bucket] = {}
        self._resting: dict[Knocker, asyncio.Future[None]] = {}

    @property
    def is_crowded(self) -> bool:
        return self.waiting >= CROWD

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a place, first come, first served."""
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._places.release()

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
