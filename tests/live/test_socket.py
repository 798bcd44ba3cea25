"""The browser's socket at /live/: whom it lets in, what it tells, what it keeps to itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.core import signing
from django.db import transaction
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from accounts.models import Organization, User
from accounts.roles import Role
from live.consumers import NOT_ALLOWED, NOT_LOGGED_IN, NOT_UNDERSTOOD
from live.publish import publish
from live.topics import NotYours, sign, signed_in
from stations.models import Site
from tests import cast
from tests.web import WebUnderTest, session_of

PATIENCE_S = 10


@asynccontextmanager
async def browser(web: WebUnderTest, user: User | None, origin: str = "") -> AsyncIterator[ClientConnection]:
    headers = {"Origin": origin or web.url}
    if user is not None:
        headers["Cookie"] = f"sessionid={await sync_to_async(session_of)(user)}"
    async with connect(web.live_url, additional_headers=headers) as socket:
        yield socket


async def told(socket: ClientConnection) -> Any:
    """The next message that is no heartbeat and no gap."""
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
        if message["kind"] not in ("beat", "gap"):
            return message


async def follow(socket: ClientConnection, token: str) -> Any:
    await socket.send(json.dumps({"subscribe": token}))
    return await told(socket)


async def close_code(socket: ClientConnection) -> int | None:
    with suppress(ConnectionClosed):
        while True:
            await asyncio.wait_for(socket.recv(), PATIENCE_S)
    return socket.close_code


async def test_olga_is_told_what_changes_at_her_station(web: WebUnderTest, olga: User) -> None:
    async with browser(web, olga) as socket:
        answer = await follow(socket, sign(olga.pk, ["station:1"]))
        assert answer == {"kind": "subscribed", "topics": ["station:1"], "missed": {"station:1": None}}
        await sync_to_async(publish)("station:1", kind="command", command=7)
        assert await told(socket) == {"topic": "station:1", "kind": "command", "command": 7}


async def test_each_page_hears_only_its_topics(web: WebUnderTest, olga: User) -> None:
    async with browser(web, olga) as first, browser(web, olga) as second:
        await follow(first, sign(olga.pk, ["station:1"]))
        await follow(second, sign(olga.pk, ["station:2", "session:5"]))
        await sync_to_async(publish)("station:1", kind="one")
        await sync_to_async(publish)("station:2", kind="two")
        await sync_to_async(publish)("session:5", kind="five")
        assert (await told(first))["kind"] == "one"
        assert [(await told(second))["kind"], (await told(second))["kind"]] == ["two", "five"]


async def test_a_page_may_follow_more_later(web: WebUnderTest, olga: User) -> None:
    async with browser(web, olga) as socket:
        await follow(socket, sign(olga.pk, ["station:1"]))
        answer = await follow(socket, sign(olga.pk, ["session:9"]))
        assert answer["topics"] == ["session:9", "station:1"]


async def test_a_topic_signed_for_olga_is_of_no_use_to_charlie(web: WebUnderTest, olga: User) -> None:
    charlie = await sync_to_async(_charlie)()
    async with browser(web, charlie) as socket:
        await socket.send(json.dumps({"subscribe": sign(olga.pk, ["station:1"])}))
        assert await close_code(socket) == NOT_ALLOWED


def _charlie() -> User:
    organization: Organization = cast.create_organization("Charlie's Chargers")
    return cast.create_staff(organization, "charlie@charlies.example", Role.OWNER)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("station:1", NOT_ALLOWED),
        ("eyJ0IjpbXX0:1:forged", NOT_ALLOWED),
        (signing.dumps({"user": 1, "topics": ["station:1"]}, salt="something else"), NOT_ALLOWED),
        ("x" * 30_000, NOT_UNDERSTOOD),
        (17, NOT_UNDERSTOOD),
        (None, NOT_UNDERSTOOD),
    ],
    ids=["plain topic", "forged", "signed for something else", "too long", "number", "null"],
)
async def test_a_forged_topic_closes_the_socket(web: WebUnderTest, olga: User, token: Any, code: int) -> None:
    async with browser(web, olga) as socket:
        await socket.send(json.dumps({"subscribe": token}))
        assert await close_code(socket) == code


@pytest.mark.parametrize("text", ["{", "[]", '"subscribe"', ""])
async def test_nonsense_closes_the_socket_and_harms_nobody(web: WebUnderTest, olga: User, text: str) -> None:
    async with browser(web, olga) as socket:
        await socket.send(text)
        assert await close_code(socket) == NOT_UNDERSTOOD
    async with browser(web, olga) as socket:
        assert (await follow(socket, sign(olga.pk, ["station:1"])))["kind"] == "subscribed"


async def test_nobody_who_is_not_logged_in(web: WebUnderTest, harbour: Site) -> None:
    async with browser(web, None) as socket:
        assert await close_code(socket) == NOT_LOGGED_IN


async def test_nobody_who_is_inactive(web: WebUnderTest, olga: User) -> None:
    await User.objects.filter(pk=olga.pk).aupdate(is_active=False)
    async with browser(web, olga) as socket:
        assert await close_code(socket) == NOT_LOGGED_IN


async def test_a_page_of_another_site_is_refused_before_the_upgrade(web: WebUnderTest, olga: User) -> None:
    with pytest.raises(websockets.exceptions.InvalidStatus) as refusal:
        async with browser(web, olga, origin="http://evil.example"):
            pass
    assert refusal.value.response.status_code == 403


def test_topics_are_signed_for_one_user_and_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    token = sign(1, ["station:2", "station:1", "station:2"])
    assert signed_in(token, 1).topics == ["station:1", "station:2"]
    with pytest.raises(NotYours):
        signed_in(token, 2)
    with pytest.raises(NotYours):
        signed_in(token[:-1], 1)
    monkeypatch.setattr("live.topics.MAX_AGE_S", -1)
    with pytest.raises(NotYours):
        signed_in(token, 1)


async def test_what_is_rolled_back_is_not_told(web: WebUnderTest, olga: User) -> None:
    async with browser(web, olga) as socket:
        await follow(socket, sign(olga.pk, ["station:1"]))
        await sync_to_async(_announce_and_roll_back)()
        await sync_to_async(publish)("station:1", kind="committed")
        assert (await told(socket))["kind"] == "committed"


def _announce_and_roll_back() -> None:
    with transaction.atomic():
        publish("station:1", kind="rolled back")
        transaction.set_rollback(True)
