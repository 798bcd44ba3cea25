"""The threads of the web process, and their connections to the database."""

import asyncio
import threading
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection, connections

from csms.threads import LentThreads


async def test_the_next_request_has_the_thread_and_the_connection_of_the_last(committed: None) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(await sync_to_async(_backend)())

    seen: list[tuple[int, int]] = []
    web = LentThreads(application)
    for _ in range(3):
        await web({}, None, None)
    assert len(set(seen)) == 1
    await asyncio.to_thread(web.idle[0].submit(connections.close_all).result)


async def test_requests_at_once_have_threads_of_their_own_and_few_are_kept() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        assert await sync_to_async(threading.get_ident)() not in seen
        seen.add(await sync_to_async(threading.get_ident)())
        if len(seen) == 3:
            all_are_there.set()
        await all_are_there.wait()

    seen, all_are_there = set[int](), asyncio.Event()
    web = LentThreads(application, kept=2)
    await asyncio.gather(*(web({}, None, None) for _ in range(3)))
    assert len(seen) == 3
    assert len(web.idle) == 2


def _backend() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return threading.get_ident(), cursor.fetchone()[0]
