"""Fan-out to browsers: one Redis subscription connection for each web process, however many pages are open.

docs/adr/0001-live-updates-without-a-channel-layer.md says why this is no channel layer.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from weakref import WeakKeyDictionary

import orjson
from redis.exceptions import RedisError

from live.publish import CHANNEL
from live.recent import Recent
from live.redis import async_client, channel

log = logging.getLogger(__name__)

QUEUE_LENGTH = 200
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 10.0
GAP = b'{"kind":"gap"}'


class Listener:
    """One browser's queue. A browser that does not keep up loses messages and is told so."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_LENGTH)

    async def get(self) -> bytes:
        return await self._queue.get()

    def put(self, message: bytes) -> None:
        if self._queue.full():
            while not self._queue.empty():
                self._queue.get_nowait()
            message = GAP
        self._queue.put_nowait(message)


class Hub:
    """Hears everything on one channel, and passes on what the pages open here asked for."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._hears = asyncio.Event()
        self.recent = Recent()

    async def join(self, listener: Listener, topics: Iterable[str]) -> None:
        """A page that fetches what is recent after this misses nothing; without a connection it is told of the gap."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        for topic in topics:
            self._listeners[topic].add(listener)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hears.wait(), FIRST_RETRY_S)

    async def leave(self, listener: Listener, topics: Iterable[str]) -> None:
        for topic in topics:
            self._listeners[topic].discard(listener)
            if not self._listeners[topic]:
                del self._listeners[topic]

    async def _run(self) -> None:
        """Holds the connection; after an interruption every page is told that it may have missed something."""
        retry_s = FIRST_RETRY_S
        while True:
            client = async_client()
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(channel(CHANNEL))
                    retry_s = FIRST_RETRY_S
                    self.recent.begin()
                    self._tell_everybody(GAP)
                    self._hears.set()
                    async for message in pubsub.listen():
                        self._deliver(message["data"])
            except (RedisError, OSError) as error:
                log.warning("live updates interrupted", extra={"error": str(error), "retry_s": retry_s})
            finally:
                self._hears.clear()
                self.recent.forget()
                await client.aclose()
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, LONGEST_RETRY_S)

    def _deliver(self, batch: bytes) -> None:
        now = time.time()
        for message in orjson.loads(batch):
            topics = message.pop("topics")
            self.recent.note(topics, message["kind"], now)
            for topic in topics:
                listeners = self._listeners.get(topic)
                if listeners:
                    text = orjson.dumps({"topic": topic, **message})
                    for listener in listeners:
                        listener.put(text)

    def _tell_everybody(self, message: bytes) -> None:
        for listener in {listener for held in self._listeners.values() for listener in held}:
            listener.put(message)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
