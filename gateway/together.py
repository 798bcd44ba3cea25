"""Requests of one kind that arrive while others are in the database go there together, in the next transaction.

After an outage thousands of chargers ask the same in the same second: alone each costs milliseconds, mostly of ours; of
a batch it costs a few microseconds. Whoever comes alone does not wait for others.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from gateway.threads import in_thread
from stations.errors import StationBusy

Asked = TypeVar("Asked")
Told = TypeVar("Told")

LARGEST_BATCH = 250
# After which those are asked again whose station somebody held.
PAUSE_S = 0.1


class Together(Generic[Asked, Told]):
    """Batches of one kind of request, one after the other, first come, first served."""

    def __init__(
        self,
        serve: Callable[[Sequence[Asked]], Sequence[Told | Exception]],
        *,
        places: asyncio.Semaphore,
        key: Callable[[Asked], Hashable] | None = None,
        take_back: Callable[[Asked], None] | None = None,
    ) -> None:
        """``serve`` answers a batch, in its order, with what each is told or with its own error; StationBusy: not yet.

        ``key``: two of the same never meet in a batch. ``take_back`` is called for what was done for somebody who has
        gone meanwhile.
        """
        self.serve = serve
        self.places = places
        self.key = key
        self.take_back = take_back
        self.waiting: dict[asyncio.Future[Told], Asked] = {}
        """Who has no answer yet, in the order in which they came."""
        self._again_at: dict[asyncio.Future[Told], float] = {}
        """Of those whose station somebody held."""
        self._serving: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        return self._serving is None

    async def ask(self, asked: Asked) -> Told:
        """Who is cancelled before it is served costs nothing."""
        future: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self.waiting[future] = asked
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve_all())
        try:
            return await future
        finally:
            self.waiting.pop(future, None)
            self._again_at.pop(future, None)

    async def _serve_all(self) -> None:
        try:
            while self.waiting:
                async with self.places:
                    batch = self._next_batch()
                    results = await self._results(list(batch.values()))
                for (future, asked), result in zip(batch.items(), results, strict=True):
                    self._tell(future, asked, result)
                if not batch:
                    await asyncio.sleep(PAUSE_S)
        finally:
            self._serving = None

    def _next_batch(self) -> dict[asyncio.Future[Told], Asked]:
        """Nobody overtakes one of the same key, not even while that one waits to be asked again."""
        batch: dict[asyncio.Future[Told], Asked] = {}
        keys: set[Hashable] = set()
        now = asyncio.get_running_loop().time()
        for future, asked in self.waiting.items():
            key = self.key(asked) if self.key is not None else future
            if key in keys or future.done():
                continue
            keys.add(key)
            if self._again_at.get(future, now) <= now:
                batch[future] = asked
                if len(batch) == LARGEST_BATCH:
                    break
        return batch

    async def _results(self, asked: list[Asked]) -> list[Told | BaseException]:
        """A batch that fails is halved until it is known who is at fault: the others have their answers."""
        if not asked:
            return []
        serving = asyncio.ensure_future(in_thread(self.serve)(asked))
        await asyncio.wait([serving])
        if (error := serving.exception()) is None:
            return list(serving.result())
        if len(asked) == 1:
            return [error]
        middle = len(asked) // 2
        return [*await self._results(asked[:middle]), *await self._results(asked[middle:])]

    def _tell(self, future: "asyncio.Future[Told]", asked: Asked, result: Told | BaseException) -> None:
        if future.done():
            if self.take_back is not None and not isinstance(result, BaseException):
                self.take_back(asked)
        elif isinstance(result, StationBusy):
            self._again_at[future] = asyncio.get_running_loop().time() + PAUSE_S
        else:
            del self.waiting[future]
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)
