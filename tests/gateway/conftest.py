"""Raw sockets to the real gateway, and the rule that it never complains about itself."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from stations.models import ChargingStation, Site
from tests.conftest import NAMES, add_station
from tests.gateway.knocking import Answer, knock, old_tls
from tests.gateway.socket import Socket, open_socket
from tests.harness import GatewayUnderTest

COMPLAINTS = ("Traceback", "CALL failed", "background work failed", "Exception inside application", "never retrieved")

Door = Callable[..., Coroutine[Any, Any, Answer]]
OpenSocket = Callable[..., Coroutine[Any, Any, Socket]]


def complaints(output: str) -> list[str]:
    """Lines of a gateway's log that tell of a mistake of ours."""
    lines = output.splitlines()
    return [
        "\n".join(lines[number : number + 30])
        for number, line in enumerate(lines)
        if any(sign in line for sign in COMPLAINTS)
    ][:3]


@pytest.fixture
def quiet_gateway(gateway: GatewayUnderTest) -> Iterator[GatewayUnderTest]:
    """The worker's gateway; whatever is done to it, its log must not show a mistake of ours."""
    before = len(gateway.output())
    yield gateway
    assert complaints(gateway.output()[before:]) == []


@pytest.fixture(scope="session")
def unhurried_gateway(django_db_setup: None, django_db_blocker: Any, _namespace: None) -> Iterator[GatewayUnderTest]:
    """A gateway that lets one station send as much as it likes, for tests that try thousands of frames."""
    with django_db_blocker.unblock():
        process = GatewayUnderTest(OCPP_MESSAGES_PER_S="100000", OCPP_MESSAGE_BURST="100000")
    yield process
    assert process.stop() == 0, process.output()[-3000:]
    assert complaints(process.output()) == []


@pytest.fixture
async def open_raw(quiet_gateway: GatewayUnderTest, harbour: Site) -> AsyncIterator[OpenSocket]:
    """Opens raw sockets of stations that are known, and closes them."""
    sockets: list[Socket] = []

    async def open_(version: str = "1.6", identity: str = "", url: str = "", **options: Any) -> Socket:
        identity = identity or NAMES[version]
        if not await ChargingStation.objects.filter(identity=identity).aexists():
            await sync_to_async(add_station)(harbour, identity)
        sockets.append(await open_socket(url or quiet_gateway.url, identity, version, **options))
        return sockets[-1]

    yield open_
    for socket in sockets:
        await socket.connection.close()


@pytest.fixture
async def socket(open_raw: OpenSocket, version: str) -> Socket:
    """A raw socket of a booted station in the version of the test."""
    return await open_raw(version)


@pytest.fixture
async def door(quiet_gateway: GatewayUnderTest) -> AsyncIterator[Door]:
    """Knocks by hand; see tests/gateway/knocking.py."""
    answers: list[Answer] = []

    async def ask(target: str | bytes = "/ocpp/old_faithful", *, by_old_tls: bool = False, **options: Any) -> Answer:
        port, tls = quiet_gateway.port, None
        if by_old_tls:
            port, tls = quiet_gateway.legacy_tls_port, old_tls(quiet_gateway.ca_file)
        answers.append(await knock(port, target, tls=tls, **options))
        return answers[-1]

    yield ask
    for answer in answers:
        await answer.close()
