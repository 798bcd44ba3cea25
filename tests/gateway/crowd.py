"""A crowd at the door of a gateway: it is held up by a lock, and told how many wait."""

import asyncio
import re
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from stations.models import ChargingStation
from tests.gateway.polling import eventually

WAITING = re.compile(r'^csms_gateway_queue\{queue="entrance"\} (\d+)', re.MULTILINE)
HELD_FOR_S = 60


def locked(rows: QuerySet[Any]) -> AbstractAsyncContextManager[None]:
    """Rows that somebody holds. Of gateways: no connection is stored meanwhile."""
    return _held(lambda: list(rows.select_for_update()))


def about_to_be_stored_for(station: ChargingStation) -> AbstractAsyncContextManager[None]:
    """Somebody's transaction has a row that points to the station, and ends later."""

    def refer() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM stations_chargingstation WHERE id = %s FOR KEY SHARE", [station.pk])

    return _held(refer)


@asynccontextmanager
async def _held(lock: Callable[[], Any]) -> AsyncIterator[None]:
    is_locked, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            lock()
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
