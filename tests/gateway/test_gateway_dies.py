"""A gateway ends, in order or not: what is true afterwards in the database, and for the stations."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from stations import services
from stations.commands import ClearCache, Reset, send
from stations.models import ChargingStation, Command, GatewayProcess, StationConnection
from stations.states import CommandStatus
from tests.gateway.conftest import OpenSocket
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest

StartGateway = Callable[..., Awaitable[GatewayUnderTest]]


@pytest.fixture
async def start_gateway(committed: None) -> AsyncIterator[StartGateway]:
    """Starts gateways of the test's own, and ends those that still live."""
    processes: list[GatewayUnderTest] = []

    async def start(**environment: Any) -> GatewayUnderTest:
        processes.append(await asyncio.to_thread(GatewayUnderTest, **environment))
        return processes[-1]

    yield start
    for process in processes:
        await asyncio.to_thread(process.stop)


@transaction.atomic
def _let_lease_end() -> int:
    """What happens a minute after the death of a gateway: time passes, then the sweep runs."""
    past = timezone.now() - timedelta(seconds=1)
    with_stations = StationConnection.objects.filter(closed_at=None).values("gateway_id")
    GatewayProcess.objects.filter(pk__in=with_stations).update(lease_until=past, given_up_at=past)
    return services.close_abandoned_connections()


async def _swept() -> bool:
    """One station's connection. A sweep passes over a station whose row is in use; the next one takes it."""
    return await sync_to_async(_let_lease_end)() == 1


async def test_kill_9_leaves_stations_offline_and_commands_lost(
    start_gateway: StartGateway, open_raw: OpenSocket
) -> None:
    process = await start_gateway(OCPP_LEASE_S="3")
    socket = await open_raw("1.6", url=process.url)
    station = await ChargingStation.objects.aget()
    await socket.command()
    queued = await sync_to_async(send)(station, Reset())
    process.process.kill()
    await asyncio.to_thread(process.process.wait)
    assert await socket.closed() == 1006
    assert await ChargingStation.objects.online().acount() == 1

    async def offline() -> bool:
        return await ChargingStation.objects.online().acount() == 0

    assert await eventually(offline), "by the lease alone"
    assert await sync_to_async(services.close_abandoned_connections)() == 0, "it may have to be waited for"
    assert await eventually(_swept)
    assert (await StationConnection.objects.aget()).close_reason == "gateway stopped without closing"
    statuses = [command.status async for command in Command.objects.order_by("pk")]
    assert statuses == [CommandStatus.LOST, CommandStatus.QUEUED]
    other = await start_gateway()
    again = await open_raw("1.6", url=other.url)
    call = await again.command()
    assert call[2] == "Reset", "what was sent before is never sent again by itself"
    assert (await Command.objects.aget(pk=queued.pk)).status == CommandStatus.SENT


async def test_sigterm_closes_everything_in_order(start_gateway: StartGateway, open_raw: OpenSocket) -> None:
    process = await start_gateway()
    sockets = [await open_raw(version, url=process.url) for version in ("1.6", "2.0.1", "2.1")]
    stopping = asyncio.create_task(asyncio.to_thread(process.stop))
    assert [await socket.closed() for socket in sockets] == [1012] * 3
    assert await stopping == 0
    rows = [row async for row in StationConnection.objects.all()]
    assert all(row.closed_at is not None for row in rows)
    assert await ChargingStation.objects.online().acount() == 0
    gateway_id = rows[0].gateway_id
    assert not (await GatewayProcess.objects.aget(pk=gateway_id)).is_alive


async def test_a_gateway_whose_lease_lapsed_sends_its_stations_back(
    start_gateway: StartGateway, open_raw: OpenSocket
) -> None:
    """It was stopped, or the database was away: others took its stations to be offline."""
    process = await start_gateway(OCPP_LEASE_S="15")
    socket = await open_raw("1.6", url=process.url)
    assert await eventually(_swept)
    assert await ChargingStation.objects.online().acount() == 0
    assert await socket.closed() == 1012
    await open_raw("1.6", url=process.url)

    async def online() -> bool:
        return await ChargingStation.objects.online().acount() == 1

    assert await eventually(online)


async def test_the_newest_socket_wins_across_gateways(start_gateway: StartGateway, open_raw: OpenSocket) -> None:
    first, second = await start_gateway(), await start_gateway()
    old = await open_raw("1.6", url=first.url)
    await old.send([3, (await old.command())[1], {"configurationKey": []}])
    new = await open_raw("1.6", url=second.url)
    assert await old.closed() == 1000
    station = await ChargingStation.objects.select_related("connection").aget()
    assert await ChargingStation.objects.online().acount() == 1
    assert [row.closed_at is None async for row in StationConnection.objects.order_by("opened_at")] == [False, True]
    await sync_to_async(send)(station, ClearCache())
    assert (await new.command())[2] == "ClearCache"
