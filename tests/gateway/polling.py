"""Waiting for facts instead of sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

# Each look costs two milliseconds of the processor, so whoever waits long looks less often.
FIRST_POLL_S, LAST_POLL_S = 0.02, 0.2


async def eventually(fact: Callable[[], Awaitable[T | None]], timeout_s: float = 30) -> T:
    """Ask until the answer is true; returns it."""
    deadline, pause_s = time.monotonic() + timeout_s, FIRST_POLL_S
    while not (answer := await fact()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {answer!r} after {timeout_s:g} s")
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LAST_POLL_S)
    return answer
