"""The status of connectors: OCPP 1.6 §4.9, OCPP 2.0.1 G01 and N07."""

import itertools
from typing import Any

import pytest

from charging.models import Session
from charging.states import SessionStatus
from simulator import Charger, EvseSpec
from stations.models import ChargingStation, Connector, Evse, StatusInterval
from stations.states import ConnectorStatus
from tests.conftest import MakeCharger, Person, every_version
from tests.usecases.telling import VERSIONS_2, Payload, Telling, two_hours_ago, written

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)

VOCABULARY_16 = {
    "Available": ConnectorStatus.AVAILABLE,
    "Preparing": ConnectorStatus.PREPARING,
    "Charging": ConnectorStatus.CHARGING,
    "SuspendedEVSE": ConnectorStatus.SUSPENDED_EVSE,
    "SuspendedEV": ConnectorStatus.SUSPENDED_EV,
    "Finishing": ConnectorStatus.FINISHING,
    "Reserved": ConnectorStatus.RESERVED,
    "Unavailable": ConnectorStatus.UNAVAILABLE,
    "Faulted": ConnectorStatus.FAULTED,
}
VOCABULARY_2 = {
    "Available": ConnectorStatus.AVAILABLE,
    "Occupied": ConnectorStatus.PREPARING,
    "Reserved": ConnectorStatus.RESERVED,
    "Unavailable": ConnectorStatus.UNAVAILABLE,
    "Faulted": ConnectorStatus.FAULTED,
}
VOCABULARY = {"1.6": VOCABULARY_16, "2.0.1": VOCABULARY_2, "2.1": VOCABULARY_2}


async def tell(station: Charger, status: str, *, evse: int = 1, connector: int = 1, **more: Any) -> Payload:
    """A StatusNotification, whatever the station really shows."""
    if station.version == "1.6":
        payload = {"connectorId": evse, "errorCode": "NoError", "status": status} | more
    else:
        place = {"evseId": evse, "connectorId": connector}
        payload = place | {"connectorStatus": status, "timestamp": written(two_hours_ago())} | more
    return await station.call("StatusNotification", payload)


async def connector_at(evse: int = 1, number: int = 1) -> Connector:
    return await Connector.objects.aget(evse__number=evse, number=number)


@every_version
async def test_G01_every_word_for_a_status_is_understood(station: Charger, version: str) -> None:
    """Rule 47: what a connector shows is no transaction."""
    for word, status in VOCABULARY[version].items():
        assert await tell(station, word) == {}
        assert (await connector_at()).status == status
    assert not await Session.objects.aexists()


@every_version
async def test_the_intervals_of_a_connector_are_contiguous(station: Charger, version: str) -> None:
    """Uptime is counted from them: no gap, no overlap, one that is open."""
    words = list(VOCABULARY[version])
    for word in [*words, *reversed(words)]:
        await tell(station, word)
    connector = await connector_at()
    intervals = [row async for row in StatusInterval.objects.filter(connector=connector).order_by("pk")]
    assert len(intervals) >= 2 * len(words) - 2
    for before, after in itertools.pairwise(intervals):
        assert before.ended_at == after.started_at
        assert before.status != after.status
    assert intervals[-1].ended_at is None
    assert intervals[-1].status == connector.status


@every_version
async def test_a_repeated_status_changes_nothing(station: Charger, version: str) -> None:
    await tell(station, "Reserved")
    before = [row async for row in StatusInterval.objects.values()]
    connector = await Connector.objects.values().aget(evse__number=1)
    await tell(station, "Reserved")
    assert [row async for row in StatusInterval.objects.values()] == before
    assert await Connector.objects.values().aget(evse__number=1) == connector


@every_version
async def test_number_zero_is_the_station_itself(station: Charger, version: str) -> None:
    """Quirk 140. Rule 46: it is no place to charge at."""
    evses = await Evse.objects.acount()
    await tell(station, "Unavailable", evse=0, connector=0)
    assert (await ChargingStation.objects.aget()).status == ConnectorStatus.UNAVAILABLE
    assert await Evse.objects.acount() == evses
    await tell(station, "Available", evse=0, connector=0)
    assert (await ChargingStation.objects.aget()).status == ConnectorStatus.AVAILABLE


@every_version
async def test_a_connector_nobody_knew_is_there_once_it_speaks(station: Charger, version: str) -> None:
    """What a station has is what it says it has."""
    await tell(station, "Available", evse=7)
    await tell(station, "Faulted", evse=7)
    assert (await connector_at(evse=7)).status == ConnectorStatus.FAULTED


@every_2_x
async def test_two_connectors_of_one_evse_have_a_status_each(make_charger: MakeCharger, version: str) -> None:
    station = await make_charger(version, evses=[EvseSpec(connectors=2)])
    await station.connect()
    await station.boot()
    await tell(station, "Occupied", connector=1)
    await tell(station, "Unavailable", connector=2)
    assert (await connector_at(number=1)).status == ConnectorStatus.PREPARING
    assert (await connector_at(number=2)).status == ConnectorStatus.UNAVAILABLE
    assert await Evse.objects.acount() == 1


async def test_a_fault_is_kept_with_all_that_is_said_of_it(make_charger: MakeCharger) -> None:
    """TC_024_CSMS: ConnectorLockFailure; quirk 150."""
    station = await make_charger("1.6")
    await station.connect()
    await station.boot()
    await tell(
        station,
        "Faulted",
        errorCode="ConnectorLockFailure",
        info="left latch",
        vendorId="org.charin.uec.v1",
        vendorErrorCode="CX029",
    )
    connector = await connector_at()
    assert (connector.status, connector.error_code) == (ConnectorStatus.FAULTED, "ConnectorLockFailure")
    assert (connector.error_info, connector.vendor_error_code) == ("left latch", "CX029")
    await tell(station, "Faulted", errorCode="GroundFailure")
    assert await StatusInterval.objects.filter(connector=connector, status=ConnectorStatus.FAULTED).acount() == 2
    await tell(station, "Available")
    assert (await connector_at()).error_code == ""


@every_version
async def test_a_hardware_fault_ends_the_session_and_shows(station: Charger, alice: Person, version: str) -> None:
    await station.start_charging(alice.uid)
    await station.set_fault()
    assert (await connector_at()).status == ConnectorStatus.FAULTED
    assert (await Session.objects.aget()).status == SessionStatus.ENDED
    await station.clear_fault()
    assert (await connector_at()).status in {ConnectorStatus.FINISHING, ConnectorStatus.PREPARING}


@every_version
async def test_available_in_the_middle_of_a_session_does_not_end_it(
    station: Charger, alice: Person, version: str
) -> None:
    """Quirk 80. Rule 47."""
    await Telling(station, alice.uid).start()
    await tell(station, "Available")
    assert (await Session.objects.aget()).is_ongoing


@every_2_x
async def test_G01_availability_may_come_as_an_event(make_charger: MakeCharger, version: str) -> None:
    """TC_B_01_CSMS. Rule 82: StatusNotification, NotifyEvent, or both."""
    for number, reports in enumerate(("event", "both"), start=1):
        station = await make_charger(version, f"station-{number}", availability_reports=reports)
        await station.connect()
        await station.boot()
        await station.plug_in(evse=2)
        row = await ChargingStation.objects.aget(identity=f"station-{number}")
        connector = await Connector.objects.aget(evse__station=row, evse__number=2)
        assert connector.status == ConnectorStatus.PREPARING
        await station.unplug(evse=2)
        await connector.arefresh_from_db()
        assert connector.status == ConnectorStatus.AVAILABLE


@every_2_x
async def test_several_events_in_one_message_count_in_their_order(station: Charger, version: str) -> None:
    def event(number: int, state: str, **component: Any) -> Payload:
        return {
            "eventId": number,
            "timestamp": written(two_hours_ago()),
            "trigger": "Delta",
            "actualValue": state,
            "eventNotificationType": "HardWiredNotification",
            "component": {"name": "Connector", **component},
            "variable": {"name": "AvailabilityState"},
        }

    at_one, at_two = {"evse": {"id": 1, "connectorId": 1}}, {"evse": {"id": 2, "connectorId": 1}}
    events = [event(1, "Reserved", **at_one), event(2, "Faulted", **at_two), event(3, "Unavailable", **at_one)]
    events.append(event(4, "Faulted") | {"variable": {"name": "Temperature"}})
    payload = {"generatedAt": written(two_hours_ago()), "seqNo": 0, "eventData": events}
    assert await station.call("NotifyEvent", payload) == {}
    assert (await connector_at(1)).status == ConnectorStatus.UNAVAILABLE
    assert (await connector_at(2)).status == ConnectorStatus.FAULTED


@every_2_x
async def test_occupied_says_less_than_the_transaction(station: Charger, alice: Person, version: str) -> None:
    """2.x knows one word for all that 1.6 tells apart; the transaction's state fills it. Rule 71."""
    telling = Telling(station, alice.uid)
    await telling.start()
    for state, status in (
        ("Charging", ConnectorStatus.CHARGING),
        ("SuspendedEV", ConnectorStatus.SUSPENDED_EV),
        ("SuspendedEVSE", ConnectorStatus.SUSPENDED_EVSE),
    ):
        info = {"transactionId": telling.transaction_id, "chargingState": state}
        await telling.update("ChargingStateChanged", 1, transactionInfo=info)
        await tell(station, "Occupied")
        assert (await connector_at()).status == status
        assert (await Session.objects.aget()).status == status.value
