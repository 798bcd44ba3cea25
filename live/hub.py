"""Fan-out to browsers: one Redis subscription connection for each web process, however many pages are open.

docs/adr/0001-live-updates-without-a-channel-layer.md says why this is no channel layer.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

import redis.asyncio
from redis.exceptions import RedisError

from live.publish import channel_of, topic_of
from live.redis import async_client

log = logging.getLogger(__name__)

# Keeps the connection subscribed to something while no page is open.
IDLE_TOPIC = "idle"
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
    """Subscribes to a topic for its first listener and leaves it after the last."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._pubsub: redis.asyncio.client.PubSub | None = None
        self._changed = asyncio.Lock()

    async def join(self, listener: Listener, topics: Iterable[str]) -> None:
        """A page that fetches its fragments after this misses nothing; without a connection it is told of the gap."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        new = [topic for topic in topics if not self._listeners[topic]]
        for topic in topics:
            self._listeners[topic].add(listener)
        await self._tell("subscribe", new)

    async def leave(self, listener: Listener, topics: Iterable[str]) -> None:
        gone = []
        for topic in topics:
            self._listeners[topic].discard(listener)
            if not self._listeners[topic]:
                del self._listeners[topic]
                gone.append(topic)
        await self._tell("unsubscribe", gone)

    async def _tell(self, verb: str, topics: list[str]) -> None:
        """Without a connection there is nothing to do: the next one subscribes to everything."""
        async with self._changed:
            if self._pubsub is None or not topics:
                return
            try:
                await getattr(self._pubsub, verb)(*(channel_of(topic) for topic in topics))
            except (RedisError, OSError) as error:
                log.warning("live topics not changed", extra={"error": str(error)})

    async def _subscribe(self, pubsub: redis.asyncio.client.PubSub) -> None:
        """Under the lock, so that a topic joined meanwhile is in this list or subscribed after it."""
        async with self._changed:
            held = [channel_of(topic) for topic, listeners in self._listeners.items() if listeners]
            await pubsub.subscribe(channel_of(IDLE_TOPIC), *held)
            self._pubsub = pubsub

    async def _run(self) -> None:
        """Holds the connection; after an interruption every page is told that it may have missed something."""
        retry_s = FIRST_RETRY_S
        while True:
            client = async_client()
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await self._subscribe(pubsub)
                    retry_s = FIRST_RETRY_S
                    self._tell_everybody(GAP)
                    async for message in pubsub.listen():
                        self._deliver(message)
            except (RedisError, OSError) as error:
                log.warning("live updates interrupted", extra={"error": str(error), "retry_s": retry_s})
            finally:
                self._pubsub = None
                await client.aclose()
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, LONGEST_RETRY_S)

    def _deliver(self, message: dict[str, Any]) -> None:
        topic = topic_of(message["channel"].decode())
        for listener in self._listeners.get(topic, ()):
            listener.put(message["data"])

    def _tell_everybody(self, message: bytes) -> None:
        for listener in {listener for held in self._listeners.values() for listener in held}:
            listener.put(message)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
