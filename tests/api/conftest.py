"""Two organizations with one row of everything, and programs that call with keys."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.roles import Role
from api.models import EventType, WebhookEndpoint
from api.scopes import Scope
from api.services import create_key
from simulator import Charger
from tests.admin.asked import Asked, asking
from tests.admin.world import World, build
from tests.api.receiving import Receiver, listening
from tests.conftest import MakeCharger

MARK, NEIGHBOUR = "Xanadu", "Quuxville"


class Caller(Client):
    """A program with a key."""

    def __init__(self, key: str) -> None:
        super().__init__(headers={"host": "localhost", "authorization": f"Bearer {key}"})

    def write(self, method: str, url: str, body: Any = None, **headers: str) -> Any:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.generic(method, url, _json(body), content_type="application/json", headers=names)


def _json(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body or {})


def caller(world: World, scopes: Iterable[Scope] = tuple(Scope)) -> Caller:
    _, key = create_key(
        organization=world.organization, name=f"Program {world.mark}", scopes=scopes, by=world.staff[Role.OWNER]
    )
    return Caller(key)


@pytest.fixture
def own(db: None) -> World:
    return build("Harbour Energy", MARK)


@pytest.fixture
def neighbour(own: World) -> World:
    return build("Charlie's Chargers", NEIGHBOUR)


@pytest.fixture
def program(own: World) -> Caller:
    """May do everything in Harbour Energy."""
    return caller(own)


@pytest.fixture(autouse=True)
def _quick_and_unlimited(settings: Any) -> None:
    """Without assets, which nobody collected, and without a limit that other tests have used up."""
    settings.STATIC_ROOT = None
    settings.API_REQUESTS_PER_MINUTE = settings.API_TOKENS_PER_MINUTE = 100_000


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return asking(monkeypatch)


@pytest.fixture
async def station_16(make_charger: MakeCharger) -> Charger:
    charger = await make_charger("1.6")
    await charger.connect()
    await charger.boot()
    return charger


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    with listening() as server:
        yield server


@pytest.fixture
def endpoint(own: World, receiver: Receiver) -> WebhookEndpoint:
    WebhookEndpoint.objects.all().delete()
    return WebhookEndpoint.objects.create(
        organization=own.organization, url=receiver.url, events=[EventType.COMMAND_FINISHED]
    )
