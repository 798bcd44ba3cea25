"""Many at once: a site whose power comes back, and a charger that reconnects all the time."""

import asyncio
import os
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from websockets.exceptions import InvalidStatus

from gateway.admission import Bucket, Entrance
from stations.models import ChargingStation, Site, StationConnection
from stations.secrets import hash_secret
from tests.conftest import SECRET, VERSIONS, MakeCharger, Person, add_station
from tests.faults.balancer import balancing
from tests.faults.conftest import StartGateway
from tests.gateway.socket import Socket, open_socket
from tests.harness import GatewayUnderTest
from tests.usecases.telling import Telling

# The site of the issue has 500.
STATIONS = int(os.environ.get("STORM_STATIONS", "150"))


@sync_to_async
def _add_stations(site: Site) -> list[str]:
    secret = hash_secret(SECRET)
    stations = [
        ChargingStation(organization=site.organization, site=site, identity=f"storm-{number}", secret_hash=secret)
        for number in range(STATIONS)
    ]
    ChargingStation.objects.bulk_create(stations)
    return [station.identity for station in stations]


async def _all_come(url: str, identities: list[str]) -> list[Socket]:
    """All at once, each until its boot is accepted. Whoever is refused fails the test."""
    return await asyncio.gather(
        *(
            open_socket(url, identity, VERSIONS[number % len(VERSIONS)], open_timeout=60)
            for number, identity in enumerate(identities)
        )
    )


async def test_a_site_loses_its_power_and_comes_back(
    gateway: GatewayUnderTest, harbour: Site, make_charger: MakeCharger, alice: Person
) -> None:
    """Without a word: its old sockets are still open. A driver elsewhere charges meanwhile as on any day."""
    identities = await _add_stations(harbour)
    neighbour = await make_charger("1.6", "neighbour")
    await neighbour.connect()
    await neighbour.boot()
    telling = Telling(neighbour, alice.uid)
    async with balancing(gateway.port) as line:
        before = await _all_come(line.url, identities)
        line.freeze()
        coming = asyncio.create_task(_all_come(gateway.url, identities))
        await telling.start(1000)
        await telling.stop(1500, 5)
        assert not coming.done(), "who is connected does not wait for those who come"
        sockets = await coming
        line.cut()
        line.thaw()
        assert [await socket.closed() for socket in before] == [1006] * STATIONS
    answers = await asyncio.gather(*(socket.call("Heartbeat", {}) for socket in sockets))
    assert all(answer[0] == 3 for answer in answers)
    assert await ChargingStation.objects.online().acount() == STATIONS + 1
    assert await StationConnection.objects.filter(closed_at=None).acount() == STATIONS + 1
    await asyncio.gather(*(socket.connection.close() for socket in sockets))


async def test_a_charger_that_reconnects_all_the_time_has_to_rest(start_gateway: StartGateway, harbour: Site) -> None:
    """It holds one socket meanwhile: the attempt before is refused. Nobody else waits."""
    gateway = await start_gateway(OCPP_CONNECTS_BURST="3", OCPP_CONNECTS_PER_MIN="1", OCPP_CONNECTS_REST_S="60")
    for identity in ("restless", "calm"):
        await sync_to_async(add_station)(harbour, identity)

    def knock() -> asyncio.Task[Socket]:
        return asyncio.create_task(open_socket(gateway.url, "restless", boots=False, open_timeout=60))

    for _ in range(3):
        (await knock()).connection.transport.abort()
    resting = knock()
    calm = await open_socket(gateway.url, "calm")
    assert not resting.done()
    newer = knock()
    with pytest.raises(InvalidStatus) as refusal:
        await resting
    assert refusal.value.response.status_code == 503
    assert not newer.done()
    assert await StationConnection.objects.filter(station__identity="restless").acount() == 3
    newer.cancel()
    await asyncio.wait([newer])
    await calm.connection.close()


@pytest.mark.parametrize(
    ("seconds_between", "rests_s"),
    [
        (0, [0, 0, 0, 5, 5, 5, 5]),
        (1, [0, 0, 0, 2.5, 5, 5, 5]),
        (6, [0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_how_long_it_rests(settings: Any, seconds_between: float, rests_s: list[float]) -> None:
    """Never longer than it takes many chargers to give up, so one that waits is let in."""
    settings.OCPP_CONNECTS_BURST, settings.OCPP_CONNECTS_PER_MIN, settings.OCPP_CONNECTS_REST_S = 3, 10, 5
    bucket = Bucket(100.0)
    assert [bucket.take(100.0 + number * seconds_between) for number in range(7)] == pytest.approx(rests_s, abs=0.6)


async def test_turns_are_taken_in_order(settings: Any) -> None:
    settings.OCPP_ORM_THREADS = 4
    entrance, inside, most, order = Entrance(), 0, 0, list[int]()

    async def pass_through(number: int) -> None:
        nonlocal inside, most
        async with entrance.turn():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            order.append(number)
            inside -= 1

    waiting = [asyncio.create_task(pass_through(number)) for number in range(60)]
    waiting[30].cancel()
    await asyncio.wait(waiting)
    assert (most, entrance.waiting, entrance.is_crowded) == (2, 0, False)
    assert order == [number for number in range(60) if number != 30]
