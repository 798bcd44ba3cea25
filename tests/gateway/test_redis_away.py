"""Valkey goes away: charging goes on, and commands come later instead of never (design §5)."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from charging.models import MeterReading, Session
from stations.commands import ClearCache, send
from stations.models import ChargingStation, Command
from stations.states import CommandStatus
from tests.gateway.conftest import OpenSocket, complaints
from tests.gateway.faultproxy import FaultProxy, fault_proxy
from tests.gateway.polling import eventually
from tests.gateway.socket import Socket
from tests.gateway.test_database_away import START, VALUES
from tests.harness import GatewayUnderTest


@pytest.fixture
async def redis(committed: None) -> AsyncIterator[FaultProxy]:
    """Stands between one gateway and the worker's Valkey."""
    with tempfile.TemporaryDirectory() as folder:
        async with fault_proxy(Path(folder, "valkey.sock"), Path(urlsplit(settings.REDIS_URL).path)) as proxy:
            yield proxy


@pytest.fixture
async def behind(redis: FaultProxy) -> AsyncIterator[GatewayUnderTest]:
    url = settings.REDIS_URL.replace(urlsplit(settings.REDIS_URL).path, str(redis.path))
    process = await asyncio.to_thread(GatewayUnderTest, REDIS_URL=url, OCPP_LOOK_INTERVAL_S="2")
    yield process
    assert await asyncio.to_thread(process.stop) == 0, process.output()[-3000:]
    assert complaints(process.output()) == []


async def _command(socket: Socket) -> Command:
    station = await ChargingStation.objects.aget(identity="old_faithful")
    command = await sync_to_async(send)(station, ClearCache())
    call = await socket.command()
    assert call[2] == "ClearCache"
    await socket.send([3, call[1], {"status": "Accepted"}])

    async def answered() -> bool:
        return await Command.objects.filter(pk=command.pk, status=CommandStatus.ACCEPTED).aexists()

    assert await eventually(answered)
    return command


async def test_charging_goes_on_and_commands_are_found(
    behind: GatewayUnderTest, redis: FaultProxy, open_raw: OpenSocket
) -> None:
    socket = await open_raw("1.6", url=behind.url)
    report = await socket.command()  # the first boot asks for the configuration
    await socket.send([3, report[1], {"configurationKey": []}])
    await _command(socket)
    await redis.cut()
    assert (await socket.call("StartTransaction", START))[2]["transactionId"] > 0
    assert (await socket.call("MeterValues", VALUES))[0] == 3
    await _command(socket)
    assert (await Session.objects.acount(), await MeterReading.objects.acount()) == (1, 1)
    await eventually(lambda: asyncio.to_thread(lambda: "doorbell is away" in behind.output()))
    await redis.open()
    await _command(socket)


async def test_a_redis_that_hangs_delays_and_loses_nothing(
    behind: GatewayUnderTest, redis: FaultProxy, open_raw: OpenSocket
) -> None:
    socket = await open_raw("1.6", url=behind.url)
    redis.freeze()
    assert (await socket.call("MeterValues", VALUES))[0] == 3
    assert (await socket.call("StartTransaction", START))[0] == 3
    redis.thaw()
    assert (await Session.objects.acount(), await MeterReading.objects.acount()) == (1, 1)
