"""One station misbehaves, the others do not notice: floods, storms, sockets that replace each other."""

import asyncio
import time
from typing import Any

import psutil
import pytest
from asgiref.sync import sync_to_async

from stations.commands import ClearCache, send
from stations.models import ChargingStation, Connector, Site, StationConnection, StatusInterval
from tests.conftest import NAMES, SECRET, add_station, every_version
from tests.gateway.conftest import Door, OpenSocket
from tests.gateway.knocking import basic
from tests.gateway.polling import eventually
from tests.gateway.socket import Socket
from tests.harness import GatewayUnderTest

HEARTBEAT = '[2,"flood","Heartbeat",{}]'


async def _drain(socket: Socket, count: int) -> None:
    for _ in range(count):
        await socket.receive()


async def test_a_flood_is_read_slowly_and_the_others_are_served(
    open_raw: OpenSocket, quiet_gateway: GatewayUnderTest
) -> None:
    """5000 frames at once: the burst is answered, then the allowance holds the station back (50 a second)."""
    neighbour, flooding = await open_raw("1.6", "neighbour"), await open_raw("1.6")
    memory = psutil.Process(quiet_gateway.process.pid).memory_info

    async def flood() -> None:
        for _ in range(5000):
            await flooding.send(HEARTBEAT)

    before = memory().rss
    sending = asyncio.create_task(flood())
    await _drain(flooding, 450)
    began = time.monotonic()
    waits = []
    counting = asyncio.create_task(_drain(flooding, 4550))
    for _ in range(50):
        asked = time.monotonic()
        assert (await neighbour.call("Heartbeat", {}))[0] == 3
        waits.append(time.monotonic() - asked)
    assert not counting.done(), "the flood is not served at full speed"
    assert sorted(waits)[25] < 1
    assert memory().rss - before < 32 * 2**20
    assert time.monotonic() - began < 60
    for task in (sending, counting):
        task.cancel()
    await asyncio.wait([sending, counting])
    flooding.connection.transport.abort()


async def test_a_station_that_reads_nothing_is_not_read_either(
    unhurried_gateway: GatewayUnderTest, open_raw: OpenSocket
) -> None:
    """Answers nobody takes must not pile up: the sender feels it, by TCP."""
    neighbour = await open_raw("1.6", "neighbour", url=unhurried_gateway.url)
    deaf = await open_raw("1.6", url=unhurried_gateway.url, max_queue=1)
    process = psutil.Process(unhurried_gateway.process.pid)
    before = process.memory_info().rss
    text = '[2,"%s","Heartbeat",{}]' % ("x" * 30_000)
    is_blocked = False
    for _ in range(3000):
        try:
            async with asyncio.timeout(5):
                await deaf.send(text)
        except TimeoutError:
            is_blocked = True
            break
    assert is_blocked
    assert process.memory_info().rss - before < 48 * 2**20
    assert (await neighbour.call("Heartbeat", {}))[0] == 3
    deaf.connection.transport.abort()


def _status(version: str, number: int) -> list[Any]:
    """Three connectors in turn, each now faulted and now not."""
    place, word = number % 3 + 1, ("Available", "Faulted")[(number // 3 + number) % 2]
    status = {"connectorId": place, "errorCode": "NoError", "status": word}
    if version != "1.6":
        status = {"evseId": place, "connectorId": 1, "connectorStatus": word, "timestamp": "2026-11-22T12:00:00Z"}
    return [2, f"status-{number}", "StatusNotification", status]


@every_version
async def test_of_a_flood_of_statuses_the_newest_wins(version: str, open_raw: OpenSocket) -> None:
    """As fast as they can be sent; the neighbour's one is stored meanwhile."""
    neighbour, flooding = await open_raw("1.6", "neighbour"), await open_raw(version)
    for number in range(300):
        await flooding.send(_status(version, number))
    answers = asyncio.create_task(_drain(flooding, 300))
    assert (await neighbour.call(*_status("1.6", 1)[2:]))[0] == 3
    assert not answers.done()
    await answers
    connectors = Connector.objects.filter(evse__station__identity=NAMES[version]).order_by("evse__number")
    assert [row.status async for row in connectors] == ["available", "faulted", "available"]
    intervals = StatusInterval.objects.filter(connector__in=connectors.values("pk"), ended_at=None)
    assert sorted([row.status async for row in intervals]) == ["available", "available", "faulted"]


async def test_reconnecting_without_a_pause(open_raw: OpenSocket) -> None:
    """The newest socket wins; each old one is closed, and its late close changes nothing."""
    sockets = [await open_raw("1.6") for _ in range(20)]
    assert [await socket.closed() for socket in sockets[:-1]] == [1000] * 19
    newest = sockets[-1]

    async def one_is_open() -> bool:
        return await StationConnection.objects.filter(closed_at=None).acount() == 1

    assert await eventually(one_is_open)
    station = await ChargingStation.objects.aget()
    assert await ChargingStation.objects.online().acount() == 1
    await sync_to_async(send)(station, ClearCache())
    while (call := await newest.command())[2] != "ClearCache":
        await newest.send([3, call[1], {}])


async def test_a_half_open_socket_is_replaced(open_raw: OpenSocket) -> None:
    """Its station is gone and it does not know: it never reads the close, and gets no command."""
    old = await open_raw("1.6")
    old.connection.transport.pause_reading()
    new = await open_raw("1.6")
    assert (await new.call("Heartbeat", {}))[0] == 3
    assert await ChargingStation.objects.online().acount() == 1
    rows = [row async for row in StationConnection.objects.order_by("opened_at")]
    assert rows[0].close_reason == "replaced by a newer connection"
    old.connection.transport.abort()


@pytest.mark.parametrize("moment", ["during", "after"])
async def test_a_socket_that_is_gone_at_once_leaves_nothing(moment: str, harbour: Site, door: Door) -> None:
    await sync_to_async(add_station)(harbour, "old_faithful")
    for _ in range(10):
        if moment == "after":
            answer = await door(authorization=basic("old_faithful", SECRET))
            answer.writer.transport.abort()
        else:
            asking = asyncio.create_task(door(authorization=basic("old_faithful", SECRET)))
            await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait([asking])

    async def offline() -> bool:
        is_open = await StationConnection.objects.filter(closed_at=None).aexists()
        return not is_open and not await ChargingStation.objects.online().aexists()

    assert await eventually(offline)
