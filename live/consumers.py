"""The browser's socket at /live/: it names signed topics and is told what changed."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import SessionBase
from django.utils.module_loading import import_string

from live.hub import Listener, hub
from live.topics import NotYours, signed_in

HEARTBEAT_S = 25
CHECK_AGAIN_S = 300
MAX_TOPICS = 100
MAX_MESSAGE_CHARACTERS = 20_000

# Beside the roles by organization: a superuser sees every one.
SUPERUSER = 0

NOT_LOGGED_IN = 4401
NOT_ALLOWED = 4403
NOT_UNDERSTOOD = 4400


class LiveConsumer(AsyncWebsocketConsumer):
    """Needs no channel layer: see live/hub.py."""

    async def connect(self) -> None:
        self.topics: set[str] = set()
        self.listener = Listener()
        self.tasks: list[asyncio.Task[None]] = []
        self.user_id: int = await _person(self.scope)
        self.roles = await _roles(self.user_id, self.scope["session"]) if self.user_id else None
        await self.accept()
        if self.roles is None:
            await self.close(NOT_LOGGED_IN)
            return
        self.tasks = [asyncio.create_task(self._forward()), asyncio.create_task(self._keep_alive())]

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """``{"subscribe": "<signed topics>"}``; any number of times.

        The answer says what the page missed of each new topic since it was asked for; null where nobody knows.
        """
        if not self.tasks:
            return
        token = _token(text_data or "")
        if token is None:
            await self.close(NOT_UNDERSTOOD)
            return
        try:
            signed = signed_in(token, self.user_id)
        except NotYours:
            await self.close(NOT_ALLOWED)
            return
        topics = set(signed.topics) - self.topics
        if len(self.topics) + len(topics) > MAX_TOPICS:
            await self.close(NOT_UNDERSTOOD)
            return
        self.topics |= topics
        await hub().join(self.listener, topics)
        missed = {topic: hub().recent.kinds_since(signed.asked_at, topic) for topic in sorted(topics)}
        await self.send(json.dumps({"kind": "subscribed", "topics": sorted(self.topics), "missed": missed}))

    async def disconnect(self, code: int) -> None:
        """Leaves the hub before anything can fail: it would fill the queue of nobody for ever."""
        await hub().leave(self.listener, self.topics)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _forward(self) -> None:
        while True:
            message = await self.listener.get()
            await self.send(message.decode())

    async def _keep_alive(self) -> None:
        """Proxies close what is silent; whoever logged out, was made inactive or got other roles is told nothing more.

        The page then loads itself again, and with it what it may still show.
        """
        beats = 0
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            beats += 1
            if beats * HEARTBEAT_S >= CHECK_AGAIN_S:
                beats = 0
                if await _roles(self.user_id, self.scope["session"]) != self.roles:
                    await self.send(json.dumps({"kind": "bye"}))
                    await self.close(NOT_LOGGED_IN)
                    return
            await self.send('{"kind":"beat"}')


def _token(text: str) -> str | None:
    if len(text) > MAX_MESSAGE_CHARACTERS:
        return None
    try:
        message: Any = json.loads(text)
    except json.JSONDecodeError:
        return None
    token = message.get("subscribe") if isinstance(message, dict) else None
    return token if isinstance(token, str) else None


@database_sync_to_async  # type: ignore[untyped-decorator]
def _person(scope: dict[str, Any]) -> int:
    """Who looks at the page: whoever is logged in, or whom they act as."""
    logged_in: int = getattr(scope.get("user"), "pk", None) or 0
    find: Callable[[int, SessionBase], int] = import_string(settings.LIVE_PERSON)
    return find(logged_in, scope["session"])


@database_sync_to_async  # type: ignore[untyped-decorator]
def _roles(user_id: int, session: SessionBase) -> dict[int, str] | None:
    return roles_now(user_id, session)


def roles_now(user_id: int, session: SessionBase) -> dict[int, str] | None:
    """The role in each organization; None for somebody who is logged out or inactive."""
    key = session.session_key
    if key is None or not session.exists(key):
        return None
    user: Any = get_user_model()._default_manager.filter(pk=user_id, is_active=True).first()
    return None if user is None else {**user.roles, SUPERUSER: str(user.is_superuser)}
