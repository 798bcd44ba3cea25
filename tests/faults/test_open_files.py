"""More sockets than a process may open files: some are refused, and all that are there are served as before."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest
from asgiref.sync import sync_to_async

from gateway.files import RESERVE
from stations.models import ChargingStation, Connector, Site
from stations.secrets import hash_secret
from tests.conftest import SECRET
from tests.gateway.conftest import complaints
from tests.gateway.knocking import Answer, basic, knock
from tests.gateway.polling import eventually
from tests.gateway.socket import Socket, open_socket
from tests.harness import GatewayUnderTest

FILES = 160
WARNING = "all files this process may open are in use"


class CrampedGateway(GatewayUnderTest):
    program = ("tests/faults/few_files.py",)


@pytest.fixture
async def cramped(committed: None) -> AsyncIterator[GatewayUnderTest]:
    process = await asyncio.to_thread(CrampedGateway, MOST_FILES=str(FILES))
    yield process
    await asyncio.to_thread(process.stop)
    assert complaints(process.output()) == []


def add_stations(site: Site) -> list[str]:
    secret = hash_secret(SECRET)
    names = [f"filed-{number}" for number in range(FILES)]
    ChargingStation.objects.bulk_create(
        ChargingStation(organization=site.organization, site=site, identity=name, secret_hash=secret) for name in names
    )
    return names


async def test_chargers_beyond_the_limit_are_refused(cramped: GatewayUnderTest, harbour: Site) -> None:
    identities = iter(await sync_to_async(add_stations)(harbour))
    first = await open_socket(cramped.url, next(identities))
    answers, refusal = await fill(cramped.port, identities)
    assert len(answers) > 20
    assert (refusal.status, int(refusal.headers["retry-after"]) > 0) == (503, True)
    silent = await crowd_in(cramped.port)

    await serves(first)
    assert cramped.output().count(WARNING) == 1
    for writer in silent:
        writer.close()
    for answer in answers[:10]:
        await answer.close()

    async def is_let_in() -> bool:
        answer = await come(cramped.port, next(identities))
        answers.append(answer)
        return answer.status == 101

    assert await eventually(is_let_in)
    await serves(first)
    for answer in answers:
        await answer.close()
    await first.connection.close()


async def come(port: int, identity: str) -> Answer:
    return await knock(port, f"/ocpp/{identity}", authorization=basic(identity, SECRET))


async def fill(port: int, identities: Iterator[str]) -> tuple[list[Answer], Answer]:
    """Until one is refused: those who were let in, and the refusal."""
    answers: list[Answer] = []
    while True:
        answer = await come(port, next(identities))
        if answer.status != 101:
            await answer.close()
            return answers, answer
        answers.append(answer)


async def crowd_in(port: int) -> list[asyncio.StreamWriter]:
    """Sockets that say nothing, as many as are kept back: when there is no room for them either, one is closed."""
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(RESERVE)]
    listening = [asyncio.create_task(_is_closed(reader)) for reader, _ in streams]
    async with asyncio.timeout(20):
        await asyncio.wait(listening, return_when=asyncio.FIRST_COMPLETED)
    for task in listening:
        task.cancel()
    return [writer for _, writer in streams]


async def _is_closed(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read()


async def serves(socket: Socket) -> None:
    """A message of each way to the database; the threads for them open connections when they are needed."""
    report = {"connectorId": 1, "status": "Available", "errorCode": "NoError"}
    assert (await socket.call("StatusNotification", report))[0] == 3
    for _ in range(10):
        assert (await socket.call("Authorize", {"idTag": "04AABBCC"}))[0] == 3
    assert await Connector.objects.filter(status="available").aexists()
