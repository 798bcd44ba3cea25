"""Waiting for facts that this process knows by itself, instead of sleeping."""

import asyncio
import time
from collections.abc import Callable

LOOK_S = 0.02


def wait_for(fact: Callable[[], bool], timeout_s: float = 60) -> None:
    """The same where no event loop runs."""
    deadline = time.monotonic() + timeout_s
    while not fact():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s"
        time.sleep(LOOK_S)


async def until(fact: Callable[[], bool], timeout_s: float = 30, *, why: Callable[[], str] = str) -> None:
    """Look until it is so; ``why`` tells what was seen instead."""
    deadline = time.monotonic() + timeout_s
    while not fact():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {why()}"
        await asyncio.sleep(LOOK_S)
