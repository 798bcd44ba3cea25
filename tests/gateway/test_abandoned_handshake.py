"""A charger gives up while the database is slow: a connection without a socket would count as online."""

import asyncio

from asgiref.sync import sync_to_async

from stations.models import ChargingStation, GatewayProcess, Site, StationConnection
from tests.conftest import add_station
from tests.gateway.crowd import locked, until_waiting
from tests.gateway.polling import eventually
from tests.gateway.socket import Socket, open_socket
from tests.harness import GatewayUnderTest


async def test_what_was_opened_for_it_is_closed_and_what_was_not_begun_is_left(
    quiet_gateway: GatewayUnderTest, harbour: Site
) -> None:
    """One of them is in the database when it gives up, two wait behind it, and one of those is patient."""
    identities = ("late", "unbegun", "patient")
    for identity in identities:
        await sync_to_async(add_station)(harbour, identity)
    knocks: list[asyncio.Task[Socket]] = []
    async with locked(GatewayProcess.objects.all()):
        for count, identity in enumerate(identities, 1):
            coming = open_socket(quiet_gateway.url, identity, boots=False, open_timeout=60)
            knocks.append(asyncio.create_task(coming))
            await until_waiting(quiet_gateway.port, count)
        for gone in knocks[:2]:
            gone.cancel()
        await asyncio.wait(knocks[:2])
        await until_waiting(quiet_gateway.port, 1)
        assert not await StationConnection.objects.aexists()
    patient = await knocks[2]
    opened = StationConnection.objects.order_by("opened_at").values_list("station__identity", "close_reason")
    assert await eventually(StationConnection.objects.exclude(closed_at=None).aexists)
    assert [row async for row in opened] == [("late", "charger gave up"), ("patient", "")]
    assert [station.identity async for station in ChargingStation.objects.exclude(connection=None)] == ["patient"]
    await patient.connection.close()
