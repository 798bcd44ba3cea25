"""Lends each request a thread that others had before, and with it their connection to the database."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.db import connections

KEPT = 16
"""Idle threads; there are as many more as there are requests at once."""


class LentThreads:
    """Around Django's own application, which would start a thread and connect anew for every request."""

    def __init__(self, application: Any, *, kept: int = KEPT) -> None:
        self.application, self.kept = application, kept
        self.idle: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        thread = self.idle.pop() if self.idle else ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.application(scope, receive, send)
        finally:
            await self._take_back(thread)

    async def _take_back(self, thread: ThreadPoolExecutor) -> None:
        """Once it is free: what was begun for a browser that has gone goes on, and nobody is to wait behind it."""
        is_free = False
        try:
            await asyncio.wrap_future(thread.submit(_nothing))
            is_free = len(self.idle) < self.kept
        finally:
            if is_free:
                self.idle.append(thread)
            else:
                thread.submit(connections.close_all)
                thread.shutdown(wait=False)


def _nothing() -> None:
    """Done when all before it is."""
