"""Many at once, and a gateway that dies: what was answered is kept, and nobody waits for ever."""

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async

from charging.models import MeterReading, Session
from simulator import Charger, ConnectionLost
from stations.commands import ClearCache
from stations.models import ChargingStation, Connector, Frame, StationConnection
from stations.services import delete_stations
from stations.states import CommandStatus, ConnectorStatus
from tests.conftest import MakeCharger, Person, every_version
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest
from tests.usecases.asking import ask, at_rest, silent
from tests.usecases.facts import finished, kinds_of_anomalies
from tests.usecases.telling import Payload, Telling
from tests.usecases.test_status import VOCABULARY


@pytest.fixture
async def doomed(gateway: GatewayUnderTest) -> AsyncIterator[GatewayUnderTest]:
    """Another gateway, to be killed by the test."""
    process = await sync_to_async(GatewayUnderTest)()
    yield process
    process.process.kill()
    await sync_to_async(process.process.wait)()
    process.log.close()


@every_version
async def test_a_gateway_is_killed_in_the_middle_of_a_session(
    doomed: GatewayUnderTest, gateway: GatewayUnderTest, make_charger: MakeCharger, alice: Person, version: str
) -> None:
    """kill -9: the station goes on at another gateway, its session too. Rule 26. Rule 42."""
    station = await make_charger(version, url=doomed.url)
    await station.connect()
    await station.boot()
    await at_rest(station)
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.read(1200, 5)
    station.on("ClearCache", silent)
    unanswered = await ask(ClearCache())
    await station.wait_for_call("ClearCache")
    doomed.process.send_signal(signal.SIGKILL)
    await station.wait_closed()
    assert await MeterReading.objects.filter(value=1200).aexists()

    station.url = gateway.url
    await station.connect()
    await telling.read(1400, 10)
    await telling.stop(1500, 15)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh) == (False, 500)
    assert await kinds_of_anomalies() == set()
    assert (await finished(unanswered)).status == CommandStatus.LOST
    assert await StationConnection.objects.filter(closed_at=None).acount() == 1


@every_version
async def test_all_connectors_speak_at_once(make_charger: MakeCharger, version: str) -> None:
    """Quirk 38: another server deadlocks. Five stations, eight connectors each, none waits for an answer."""
    stations = [await _booted(make_charger, version, f"station-{number}") for number in range(5)]
    word = list(VOCABULARY[version])[-1]
    await asyncio.gather(*(_speak_at_once(station, word) for station in stations))
    for station in stations:
        assert "currentTime" in await station.call("Heartbeat", {})
    faulted = Connector.objects.filter(status=ConnectorStatus.FAULTED)
    assert await faulted.acount() == 40


async def _booted(make_charger: MakeCharger, version: str, identity: str) -> Charger:
    station = await make_charger(version, identity)
    await station.connect()
    await station.boot()
    return station


async def _speak_at_once(station: Charger, word: str) -> None:
    for number in range(1, 9):
        place = {"connectorId": number, "errorCode": "NoError", "status": word}
        if station.version != "1.6":
            place = {"evseId": number, "connectorId": 1, "connectorStatus": word, "timestamp": station.timestamp()}
        await station.send_text(json.dumps([2, f"status-{number}", "StatusNotification", place]))
    for number in range(1, 9):
        answer = json.loads(await station.receive_frame(20))
        assert answer == [3, f"status-{number}", {}]


@every_version
async def test_the_same_boot_again_and_again(make_charger: MakeCharger, version: str) -> None:
    """Quirk 30: faster than it can be answered. Each is answered, in order."""
    station = await _booted(make_charger, version, "hasty")
    action, payload = station.dialect.boot("Watchdog")
    for number in range(20):
        await station.send_text(json.dumps([2, f"boot-{number}", action, payload]))
    answers = [json.loads(await station.receive_frame(20)) for _ in range(20)]
    assert [answer[1] for answer in answers] == [f"boot-{number}" for number in range(20)]
    assert {answer[2]["status"] for answer in answers} == {"Accepted"}


@every_version
async def test_many_sockets_of_one_station(make_charger: MakeCharger, alice: Person, version: str) -> None:
    """Quirk 27: it reconnects again and again without closing; the last one counts. Rule 6."""
    station = await _booted(make_charger, version, "restless")
    for _ in range(5):
        await station.abandon_connection()
        await station.connect()
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.stop(1500, 5)
    assert (await Session.objects.aget()).energy_wh == 500

    async def only_one_is_open() -> bool:
        return await StationConnection.objects.filter(closed_at=None).acount() == 1

    await eventually(only_one_is_open)
    assert await ChargingStation.objects.online().acount() == 1


@every_version
async def test_what_a_boot_leaves_out(make_charger: MakeCharger, version: str) -> None:
    """Quirks 32 and 57: empty vendors, texts far too long, the word null."""
    station = await make_charger(version)
    await station.connect()
    long = "x" * 200
    payload: Payload = {"chargePointVendor": "", "chargePointModel": long, "firmwareVersion": None, "iccid": "null"}
    if version != "1.6":
        modem = {"iccid": long, "imsi": None}
        payload = {"reason": "Alien", "chargingStation": {"vendorName": "", "model": long, "modem": modem}}
    assert (await station.call("BootNotification", payload))["status"] == "Accepted"
    row = await ChargingStation.objects.aget()
    assert (row.vendor, len(row.model), row.firmware_version) == ("", 20, "")


async def _talk_on(station: Charger) -> None:
    with contextlib.suppress(ConnectionLost):
        while True:
            await station.send_text('[2,"still-here","Heartbeat",{}]')
            await asyncio.sleep(0.01)


@every_version
async def test_a_station_that_is_deleted_while_it_talks(
    station: Charger, make_charger: MakeCharger, version: str
) -> None:
    """Its socket closes, and the log of the others goes on at once."""
    await at_rest(station)
    other = await _booted(make_charger, version, "another")
    await at_rest(other)
    row = await ChargingStation.objects.aget(identity="another")
    talking = asyncio.create_task(_talk_on(station))
    await sync_to_async(delete_stations)(ChargingStation.objects.exclude(pk=row.pk))
    await station.wait_closed()
    await talking
    await other.call("DataTransfer", {"vendorId": "still here too"})
    await eventually(Frame.objects.filter(station=row, text__contains="still here too").aexists, timeout_s=3)
    assert not await Frame.objects.exclude(station=row).aexists()
