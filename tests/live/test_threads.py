"""The threads of the web process, and their connections to the database."""

import asyncio
import contextlib
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


async def test_nobody_waits_behind_what_was_begun_for_a_browser_that_has_gone() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        """As Django: it keeps to itself that it was cancelled."""
        with contextlib.suppress(asyncio.CancelledError):
            if scope:
                threads.append(await sync_to_async(threading.get_ident)())
                await sync_to_async(work)()
        if not scope:
            threads.append(await sync_to_async(threading.get_ident)())

    def work() -> None:
        has_begun.set()
        goes_on.wait()

    threads: list[int] = []
    has_begun, goes_on = threading.Event(), threading.Event()
    web = LentThreads(application)
    slow = asyncio.create_task(web({"is": "slow"}, None, None))
    while not has_begun.is_set():
        await asyncio.sleep(0)
    slow.cancel()
    try:
        await web({}, None, None)
        await asyncio.wait_for(asyncio.gather(web({}, None, None), web({}, None, None)), 10)
    finally:
        goes_on.set()
    await slow
    assert threads[0] not in threads[1:]
    assert len(web.idle) == 3


def _backend() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return threading.get_ident(), cursor.fetchone()[0]
