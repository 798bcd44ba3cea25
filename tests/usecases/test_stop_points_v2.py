"""Whenever a transaction of 2.x ends, and what happens in between: OCPP 2.0.1 E05 to E15, TxStopPoint."""

import pytest

from charging.models import Session
from charging.states import SessionStatus
from simulator import Car, Charger
from stations.commands import RawCall, Reset, ResetKind, Trigger, TriggerMessage
from stations.models import Connector, Frame
from stations.states import CommandStatus, ConnectorStatus
from tests.conftest import Person
from tests.gateway.polling import eventually
from tests.usecases.asking import answered, at_rest, outcome_of
from tests.usecases.facts import kinds_of_anomalies
from tests.usecases.telling import VERSIONS_2, Telling, two_hours_ago, written

pytestmark = pytest.mark.parametrize("version", VERSIONS_2)


@pytest.mark.parametrize("point", ["PowerPathClosed", "EnergyTransfer", "Authorized", "DataSigned"])
async def test_E_the_card_ends_it(station: Charger, alice: Person, version: str, point: str) -> None:
    """TC_E_07_CSMS, TC_E_08_CSMS, TC_E_11_CSMS, TC_E_15_CSMS. Rule 74."""
    station.settings.tx_start_point = station.settings.tx_stop_point = point
    await station.start_charging(alice.uid)
    await station.advance(600)
    await station.tap(alice.uid)
    await station.settle()
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.stop_reason) == (False, "Local")
    assert session.energy_wh == station.evse(1).meter_wh > 0
    assert await kinds_of_anomalies() == set()


@pytest.mark.parametrize("point", ["EVConnected", "ParkingBayOccupancy"])
async def test_E_the_car_that_leaves_ends_it(station: Charger, alice: Person, version: str, point: str) -> None:
    """TC_E_14_CSMS, TC_E_19_CSMS, TC_E_20_CSMS. Rule 77."""
    station.settings.tx_start_point = station.settings.tx_stop_point = point
    await station.start_charging(alice.uid)
    await station.advance(600)
    await station.unplug()
    await station.settle()
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.stop_reason) == (False, "EVDisconnected")
    assert session.energy_wh == station.evse(1).meter_wh > 0


async def test_E_a_full_car_ends_it(station: Charger, alice: Person, version: str) -> None:
    """TC_E_22_CSMS: the energy transfer stops by itself."""
    station.settings.tx_stop_point = "EnergyTransfer"
    await station.start_charging(alice.uid, car=Car(soc_percent=99.5))
    await station.advance(3 * 3600)
    await station.settle()
    session = await Session.objects.aget()
    assert session.energy_wh == station.evse(1).meter_wh > 0
    assert session.status in {SessionStatus.ENDED, SessionStatus.SUSPENDED_EV}


async def test_E_a_car_that_is_not_ready(station: Charger, alice: Person, version: str) -> None:
    """TC_E_38_CSMS, TC_E_26_CSMS: suspended, then charging; it is one session. Rule 71."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    for state, status in (
        ("SuspendedEV", SessionStatus.SUSPENDED_EV),
        ("Charging", SessionStatus.CHARGING),
        ("Idle", SessionStatus.IDLE),
        ("EVConnected", SessionStatus.PREPARING),
    ):
        info = {"transactionId": telling.transaction_id, "chargingState": state}
        await telling.update("ChargingStateChanged", 1, transactionInfo=info)
        assert (await Session.objects.aget()).status == status


async def test_E_nobody_plugs_in(station: Charger, alice: Person, version: str) -> None:
    """TC_E_39_CSMS: started by the card, ended by EVConnectTimeout. Rule 77."""
    station.settings.tx_start_point = "Authorized"
    await station.tap(alice.uid)
    assert (await Session.objects.aget()).is_ongoing
    await station.advance(station.settings.connection_timeout_s + 1)
    await station.settle()
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.stop_reason, session.energy_wh) == (False, "Timeout", 0)
    assert "refused_energy" not in await kinds_of_anomalies()


async def test_E14_is_it_still_going_on(station: Charger, alice: Person, version: str) -> None:
    """TC_E_29_CSMS, TC_E_30_CSMS, TC_E_31_CSMS, TC_E_33_CSMS, TC_E_34_CSMS. Rule 69."""
    await at_rest(station)
    await station.start_charging(alice.uid)
    session = await Session.objects.aget()
    asked = RawCall("GetTransactionStatus", {"transactionId": session.transaction_id})
    done = await outcome_of(asked)
    assert (done.status, answered(done)) == (
        CommandStatus.ACCEPTED,
        {"messagesInQueue": False, "ongoingIndicator": True},
    )
    await station.stop_charging()
    assert answered(await outcome_of(asked)) == {"messagesInQueue": False, "ongoingIndicator": False}
    assert answered(await outcome_of(RawCall("GetTransactionStatus"))) == {"messagesInQueue": False}


async def test_B12_one_evse_is_reset_in_the_middle_of_a_session(station: Charger, alice: Person, version: str) -> None:
    """TC_B_27_CSMS. The other goes on."""
    await at_rest(station)
    for evse in (1, 2):
        await station.plug_in(evse=evse)
        await station.tap(alice.uid, evse=evse)
    assert (await outcome_of(Reset(ResetKind.HARD, evse_number=2))).status == CommandStatus.ACCEPTED
    await station.settle()
    left, right = [row async for row in Session.objects.order_by("evse_number")]
    assert (left.is_ongoing, right.is_ongoing, right.stop_reason) == (True, False, "ImmediateReset")


async def test_F06_of_all_evses_at_once(station: Charger, alice: Person, version: str) -> None:
    """TC_F_12_CSMS, TC_F_14_CSMS, TC_F_24_CSMS."""
    await at_rest(station)
    for evse in (1, 2):
        await station.plug_in(evse=evse)
        await station.tap(alice.uid, evse=evse)
    seen: list[str] = []
    station.observe(lambda direction, text: seen.append(text) if direction == "out" else None)
    for message in (Trigger.METER_VALUES, Trigger.TRANSACTION_EVENT):
        assert (await outcome_of(TriggerMessage(message))).status == CommandStatus.ACCEPTED
        await station.settle()
        assert sum(f'"{message}"' in text for text in seen) == 2
    assert (await outcome_of(TriggerMessage(Trigger.STATUS_NOTIFICATION, evse_number=2))).status == "accepted"
    await station.settle()
    assert (await Connector.objects.aget(evse__number=2)).status == ConnectorStatus.CHARGING


async def test_G05_a_cable_that_cannot_be_locked(station: Charger, version: str) -> None:
    """TC_G_20_CSMS: an event about something else than availability is confirmed and kept in the log."""
    event = {
        "eventId": 1,
        "timestamp": written(two_hours_ago()),
        "trigger": "Alerting",
        "actualValue": "true",
        "eventNotificationType": "HardWiredMonitor",
        "component": {"name": "ConnectorPlugRetentionLock", "evse": {"id": 1, "connectorId": 1}},
        "variable": {"name": "Problem"},
    }
    payload = {"generatedAt": written(two_hours_ago()), "seqNo": 0, "eventData": [event]}
    assert await station.call("NotifyEvent", payload) == {}
    await eventually(Frame.objects.filter(text__contains="ConnectorPlugRetentionLock").aexists)
    assert (await Connector.objects.aget(evse__number=1)).status == ConnectorStatus.AVAILABLE
