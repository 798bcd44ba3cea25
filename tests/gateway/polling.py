"""Waiting for facts instead of sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(fact: Callable[[], Awaitable[T]], timeout_s: float = 20) -> T:
    """Ask until the answer is true; returns it."""
    deadline = time.monotonic() + timeout_s
    while not (answer := await fact()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {answer!r} after {timeout_s:g} s")
        await asyncio.sleep(0.02)
    return answer
