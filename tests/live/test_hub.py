"""The fan-out in one process: slow browsers, and a Redis that goes away."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from redis.exceptions import ConnectionError as RedisGone

from live import hub as live_hub
from live.hub import GAP, QUEUE_LENGTH, Hub, Listener
from live.recent import CLOCKS_DIFFER_S


class FakeSubscription:
    """Redis' side of a subscription; ``None`` in the queue breaks the connection."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[list[dict[str, Any]] | None] = asyncio.Queue()
        self.subscribed = asyncio.Event()

    def pubsub(self, **_: Any) -> "FakeSubscription":
        return self

    async def __aenter__(self) -> "FakeSubscription":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def subscribe(self, *_: str) -> None:
        self.subscribed.set()

    async def listen(self) -> AsyncIterator[dict[str, Any]]:
        while True:
            batch = await self.messages.get()
            if batch is None:
                raise RedisGone("gone")
            yield {"data": orjson.dumps(batch)}

    async def aclose(self) -> None:
        return None


@pytest.fixture
def subscription(monkeypatch: pytest.MonkeyPatch) -> FakeSubscription:
    fake = FakeSubscription()
    monkeypatch.setattr(live_hub, "async_client", lambda: fake)
    monkeypatch.setattr(live_hub, "FIRST_RETRY_S", 0.01)
    return fake


async def news(listener: Listener) -> Any:
    """The next message that is no gap."""
    while (message := await asyncio.wait_for(listener.get(), 5)) == GAP:
        pass
    return orjson.loads(message)


async def end(hub: Hub) -> None:
    assert hub._task is not None
    hub._task.cancel()
    await asyncio.gather(hub._task, return_exceptions=True)


async def test_a_slow_browser_is_told_of_the_gap_instead_of_filling_the_memory() -> None:
    listener = Listener()
    for number in range(QUEUE_LENGTH):
        listener.put(b"%d" % number)
    listener.put(b"one too many")
    assert await listener.get() == GAP
    listener.put(b"next")
    assert await listener.get() == b"next"


async def test_after_an_interruption_every_page_is_told_of_the_gap(subscription: FakeSubscription) -> None:
    hub, listener = Hub(), Listener()
    await hub.join(listener, ["station:1"])
    assert await listener.get() == GAP
    await subscription.messages.put(None)
    assert await asyncio.wait_for(listener.get(), 5) == GAP
    await subscription.messages.put(
        [{"topics": ["station:2", "station:1"], "kind": "x"}, {"topics": ["station:2"], "kind": "y"}]
    )
    assert await news(listener) == {"topic": "station:1", "kind": "x"}
    asked_at = hub.recent._since + CLOCKS_DIFFER_S
    assert hub.recent.kinds_since(asked_at, "station:2") == ["x", "y"]
    await end(hub)
    assert hub.recent.kinds_since(asked_at, "station:2") is None


async def test_who_left_hears_nothing_more(subscription: FakeSubscription) -> None:
    hub, gone, there = Hub(), Listener(), Listener()
    await hub.join(gone, ["station:1"])
    await hub.join(there, ["station:1"])
    await hub.leave(gone, ["station:1"])
    await subscription.messages.put([{"topics": ["station:1"], "kind": "x"}])
    assert (await news(there))["kind"] == "x"
    heard = [gone._queue.get_nowait() for _ in range(gone._queue.qsize())]
    assert set(heard) <= {GAP}
    await end(hub)
