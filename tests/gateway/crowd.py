"""A crowd at the door of a gateway: it is held up by a lock, and told how many wait."""

import asyncio
import re
import threading
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from tests.gateway.polling import eventually

WAITING = re.compile(r'^csms_gateway_queue\{queue="entrance"\} (\d+)', re.MULTILINE)
HELD_FOR_S = 60


@asynccontextmanager
async def locked(rows: QuerySet[Any]) -> AsyncIterator[None]:
    """Rows that somebody holds. Of gateways: no connection is stored meanwhile."""
    is_locked, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(rows.select_for_update())
            is_locked.set()
            may_end.wait(HELD_FOR_S)
        connection.close()

    holding = asyncio.create_task(asyncio.to_thread(hold))
    await asyncio.to_thread(is_locked.wait, HELD_FOR_S)
    try:
        yield
    finally:
        may_end.set()
        await holding


async def until_waiting(port: int, count: int) -> None:
    """Until so many are at the door, by the gateway's own word."""

    def ask() -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            match = WAITING.search(answer.read().decode())
        return match is not None and int(match.group(1)) == count

    async def fact() -> bool:
        return await asyncio.to_thread(ask)

    await eventually(fact)
