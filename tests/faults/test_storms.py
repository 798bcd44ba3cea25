"""Many at once: a site whose power comes back, and a charger that reconnects all the time."""

import asyncio
import os
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from websockets.exceptions import InvalidStatus

from gateway.admission import CROWD, SHORTEST_PAUSE_S, Bucket, Entrance
from stations.commands import ClearCache, send
from stations.models import ChargingStation, Command, GatewayProcess, Site, StationConnection
from stations.secrets import hash_secret
from stations.services import delete_stations
from tests.conftest import SECRET, VERSIONS, MakeCharger, Person, add_station
from tests.faults.balancer import balancing
from tests.faults.conftest import StartGateway
from tests.gateway.crowd import about_to_be_stored_for, locked, until_waiting
from tests.gateway.polling import eventually
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


async def test_good_and_bad_ones_are_let_in_together(gateway: GatewayUnderTest, harbour: Site) -> None:
    """They wait behind the first, which is not stored yet; one is disabled, one deleted, and one comes again."""
    names = ("first", "good", "wrong", "disabled", "deleted", "twice", "asked")
    stations = {name: await sync_to_async(add_station)(harbour, name) for name in names}
    coming: dict[str, asyncio.Task[Socket]] = {}

    def come(name: str, identity: str = "", **options: Any) -> None:
        opening = open_socket(gateway.url, identity or name, boots=False, open_timeout=60, **options)
        coming[name] = asyncio.create_task(opening)

    async with locked(GatewayProcess.objects.all()):
        come("first")
        await until_waiting(gateway.port, 1)
        for name in ("good", "disabled", "deleted", "twice", "asked"):
            come(name)
        # Not the same batch as the first: whoever comes later is the newest.
        await until_waiting(gateway.port, 6)
        come("again", "TWICE")
        await until_waiting(gateway.port, 7)
        come("wrong", password="wrong-horse-battery")
        come("unknown")
        for name in ("wrong", "unknown"):
            with pytest.raises(InvalidStatus) as refusal:
                await coming.pop(name)
            assert refusal.value.response.status_code == {"wrong": 401, "unknown": 404}[name]
        await ChargingStation.objects.filter(identity="disabled").aupdate(is_enabled=False)
        await sync_to_async(delete_stations)(ChargingStation.objects.filter(identity="deleted"))
        await sync_to_async(send)(stations["asked"], ClearCache())
    for name, status in (("disabled", 403), ("deleted", 404)):
        with pytest.raises(InvalidStatus) as refusal:
            await coming.pop(name)
        assert refusal.value.response.status_code == status
    sockets = {name: await task for name, task in coming.items()}
    assert await sockets["twice"].closed() == 1000
    for name in ("first", "good", "again", "asked"):
        await sockets[name].boot()
    assert (await sockets["asked"].command())[2] == "ClearCache"
    assert (await Command.objects.aget(kind="ClearCache")).sent_at is not None
    online = ChargingStation.objects.online().values_list("identity", flat=True)
    assert {name async for name in online} == {"first", "good", "twice", "asked"}
    await asyncio.gather(*(socket.connection.close() for socket in sockets.values()))


async def test_a_station_whose_row_somebody_holds_keeps_nobody_else(gateway: GatewayUnderTest, harbour: Site) -> None:
    """As a deletion does, be it for minutes: it connects when that is over, and so does its boot."""
    held, free = [await sync_to_async(add_station)(harbour, name) for name in ("held", "free")]
    rows = ChargingStation.objects.filter(pk=held.pk)
    async with locked(rows):
        coming = asyncio.create_task(open_socket(gateway.url, "held", open_timeout=60))
        await until_waiting(gateway.port, 1)
        other = await open_socket(gateway.url, "free")
        await other.connection.close()
        assert await eventually(StationConnection.objects.filter(station=free).exclude(closed_at=None).aexists)
        assert not coming.done()
    socket = await coming
    async with locked(rows):
        await socket.connection.close()
        await (await open_socket(gateway.url, "free")).connection.close()
        assert await rows.exclude(connection=None).aexists()
    assert await eventually(rows.filter(connection=None).aexists)


async def test_what_is_stored_of_a_station_keeps_it_neither_out_nor_in(
    gateway: GatewayUnderTest, harbour: Site
) -> None:
    """The log of many is stored at once, and waits with all of them for one whose row somebody holds."""
    station = await sync_to_async(add_station)(harbour, "told_of")
    async with about_to_be_stored_for(station):
        await (await open_socket(gateway.url, "told_of")).connection.close()
        connections = StationConnection.objects.filter(station=station)
        assert await eventually(connections.exclude(closed_at=None).aexists)


async def test_who_cannot_be_served_in_time_is_told_at_once_when_to_come_again(
    start_gateway: StartGateway, harbour: Site
) -> None:
    """Fifty wait behind a slow database; those beyond are refused, come again, and are served."""
    gateway = await start_gateway(OCPP_HANDSHAKE_WAIT_S="0")
    identities = (await _add_stations(harbour))[: CROWD + 2]

    def come(identity: str) -> asyncio.Task[Socket]:
        return asyncio.create_task(open_socket(gateway.url, identity, open_timeout=60))

    async with locked(GatewayProcess.objects.all()):
        patient = [come(identity) for identity in identities[:CROWD]]
        await until_waiting(gateway.port, CROWD)
        for identity in identities[CROWD:]:
            with pytest.raises(InvalidStatus) as refusal:
                await come(identity)
            assert refusal.value.response.status_code == 503
            assert int(refusal.value.response.headers["Retry-After"]) >= SHORTEST_PAUSE_S
        assert not await StationConnection.objects.aexists()
    sockets = await asyncio.gather(*patient)
    sockets += await asyncio.gather(*map(come, identities[CROWD:]))
    assert await ChargingStation.objects.online().acount() == CROWD + 2
    await asyncio.gather(*(socket.connection.close() for socket in sockets))


def test_how_long_the_queue_may_be_follows_what_comes_through(settings: Any) -> None:
    settings.OCPP_HANDSHAKE_WAIT_S = 20
    entrance = Entrance(lambda opening: None)
    entrance.knocking = int(entrance.pace.per_s * 20)
    assert entrance.come_again_s() is None
    for hundredths in range(1000):  # a hundred in a second, for ten seconds
        entrance.pace.passed(1 + hundredths / 100, others_wait=True)
    assert entrance.pace.per_s == pytest.approx(100, rel=0.1)
    assert (entrance.come_again_s() or 0) > 20
    entrance.knocking = 1500
    assert entrance.come_again_s() is None
    for seconds in range(1000):  # a quiet night says nothing of what is possible
        entrance.pace.passed(100 + seconds, others_wait=False)
    assert entrance.pace.per_s == pytest.approx(100, rel=0.1)


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
    entrance, inside, most, order = Entrance(lambda opening: None), 0, 0, list[int]()

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
