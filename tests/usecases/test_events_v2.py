"""TransactionEvents in strange orders and with gaps: OCPP 2.0.1 E, part 2 §1.3.2."""

import itertools

import pytest

from charging.models import MeterReading, Session, SessionAnomaly, SessionEvent
from charging.states import AnomalyKind, AnomalyStatus, SessionStatus
from simulator import Charger
from tests.conftest import Person
from tests.usecases.facts import has_anomaly, kinds_of_anomalies
from tests.usecases.telling import VERSIONS_2, Telling, id_token, status_of

START_POINTS = ["ParkingBayOccupancy", "EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"]

pytestmark = pytest.mark.parametrize("version", VERSIONS_2)


async def test_E_the_end_comes_before_the_start(station: Charger, alice: Person, version: str) -> None:
    """Quirk 148. The session is the station's, so it is kept; the start completes it. Rule 43. Rule 68."""
    telling = Telling(station, alice.uid)
    start, read, stop = (telling.start_message(1000), telling.reading_message(1200, 5), telling.stop_message(1500, 10))
    assert await station.call(*stop) == {}
    assert await has_anomaly(AnomalyKind.MISSING_START, status=AnomalyStatus.OPEN)
    assert status_of(await station.call(*start)) == "Accepted"
    assert await station.call(*read) == {}
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh, session.driver_id) == (False, 500, alice.driver.pk)
    assert not await SessionAnomaly.objects.filter(status=AnomalyStatus.OPEN).aexists()


async def test_E_an_update_comes_before_the_start(station: Charger, alice: Person, version: str) -> None:
    """Rule 68. Rule 69: by seqNo, not by arrival."""
    telling = Telling(station, alice.uid)
    start = telling.start_message(1000)
    await telling.read(1200, 5)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.start_received_at) == (True, None)
    await station.call(*start)
    await session.arefresh_from_db()
    assert (session.meter_start_wh, session.evse_number) == (1000, 1)
    await telling.stop(1500, 10)
    await session.arefresh_from_db()
    assert session.energy_wh == 500
    numbers = [row.sequence_number async for row in SessionEvent.objects.order_by("sequence_number")]
    assert numbers == [0, 1, 2]


async def test_a_gap_in_the_sequence_is_told_and_closes_when_it_is_filled(
    station: Charger, alice: Person, version: str
) -> None:
    """Quirk 142. Rule 69."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    late = telling.reading_message(1300, 7)
    await telling.stop(1500, 10)
    assert await has_anomaly(AnomalyKind.SEQUENCE_GAP, status=AnomalyStatus.OPEN)
    await station.call(*late)
    assert await has_anomaly(AnomalyKind.SEQUENCE_GAP, status=AnomalyStatus.RESOLVED)
    assert (await Session.objects.aget()).energy_wh == 500


async def test_E_each_transaction_may_count_from_zero(station: Charger, alice: Person, version: str) -> None:
    """TC_E_53_CSMS. Rule 69."""
    for number in range(2):
        telling = Telling(station, alice.uid)
        await telling.start(1000, minutes=20 * number)
        await telling.read(1200, 20 * number + 5)
        await telling.stop(1500, 20 * number + 10)
    assert [row.energy_wh async for row in Session.objects.all()] == [500, 500]
    assert await kinds_of_anomalies() == set()


async def test_a_station_may_count_on_over_all_its_transactions(station: Charger, alice: Person, version: str) -> None:
    """Rule 69: two at once share the numbers; nothing is missing."""
    numbers = itertools.count(40)
    left, right = (Telling(station, alice.uid, evse=evse, numbers=numbers) for evse in (1, 2))
    await left.start(1000)
    await right.start(3000)
    await left.read(1200, 5)
    await right.read(3300, 6)
    await left.stop(1500, 10)
    await right.stop(3900, 11)
    assert [row.energy_wh async for row in Session.objects.order_by("evse_number")] == [500, 900]
    assert await kinds_of_anomalies() == set()


async def test_E_the_card_comes_later(station: Charger, alice: Person, version: str) -> None:
    """TC_E_09_CSMS: started by the plug, authorized afterwards. Rule 72. Rule 73."""
    telling = Telling(station, alice.uid)
    assert await telling.start(1000, idToken=None) == {}
    answer = await telling.update("Authorized", 1, idToken=id_token(alice.uid))
    assert status_of(answer) == "Accepted"
    await telling.stop(1500, 10)
    session = await Session.objects.aget()
    assert (session.driver_id, session.energy_wh) == (alice.driver.pk, 500)
    assert await kinds_of_anomalies() == set()


async def test_E_the_place_comes_later(station: Charger, alice: Person, version: str) -> None:
    """TC_E_10_CSMS: started by the card, plugged in afterwards. Rule 72."""
    telling = Telling(station, alice.uid)
    await telling.start(None, evse=None)  # type: ignore[arg-type]
    assert (await Session.objects.aget()).evse_number is None
    await telling.update("CablePluggedIn", 2, 1000, evse={"id": 2, "connectorId": 1})
    await telling.stop(1500, 10)
    session = await Session.objects.aget()
    assert (session.evse_number, session.connector_number, session.energy_wh) == (2, 1, 500)
    assert await kinds_of_anomalies() == set()


async def test_a_session_that_never_says_where(station: Charger, alice: Person, version: str) -> None:
    """Quirk 141. Its energy counts all the same. Rule 72."""
    telling = Telling(station, alice.uid)
    await telling.start(1000, evse=None)
    await telling.read(1200, 5)
    await telling.stop(1500, 10)
    session = await Session.objects.aget()
    assert (session.evse_number, session.energy_wh, session.is_ongoing) == (None, 500, False)


async def test_an_evse_without_its_connector(station: Charger, alice: Person, version: str) -> None:
    """Quirk 141."""
    await Telling(station, alice.uid).start(1000, evse={"id": 1})
    session = await Session.objects.aget()
    assert (session.evse_number, session.connector_number) == (1, None)


@pytest.mark.parametrize(
    "point", ["ParkingBayOccupancy", "EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"]
)
async def test_E_whenever_a_transaction_begins(station: Charger, alice: Person, version: str, point: str) -> None:
    """TC_E_01_CSMS, TC_E_02_CSMS, TC_E_09_CSMS, TC_E_10_CSMS, TC_E_12_CSMS. Rule 72."""
    station.settings.tx_start_point = point
    await station.start_charging(alice.uid)
    await station.advance(600)
    await station.stop_charging()
    await station.unplug()
    await station.settle()
    session = await Session.objects.aget()
    assert (session.driver_id, session.is_ongoing) == (alice.driver.pk, False)
    assert session.energy_wh == station.evse(1).meter_wh > 0
    assert await kinds_of_anomalies() == set()


async def test_the_state_is_what_is_said_and_not_why(station: Charger, alice: Person, version: str) -> None:
    """A new state may come with a periodic reading. Rule 71."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    for state, status in (("Charging", SessionStatus.CHARGING), ("SuspendedEV", SessionStatus.SUSPENDED_EV)):
        info = {"transactionId": telling.transaction_id, "chargingState": state}
        await telling.read(1100, 1, transactionInfo=info)
        assert (await Session.objects.aget()).status == status
    await telling.update("ChargingStateChanged", 2)
    assert (await Session.objects.aget()).status == SessionStatus.SUSPENDED_EV


async def test_an_old_state_does_not_undo_a_newer_one(station: Charger, alice: Person, version: str) -> None:
    """A replayed event tells of what is past. Rule 68. Rule 70."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    info = {"transactionId": telling.transaction_id}
    old = telling.event(
        "Updated", "ChargingStateChanged", None, 2, transactionInfo=info | {"chargingState": "Charging"}
    )
    await telling.update("ChargingStateChanged", 5, transactionInfo=info | {"chargingState": "SuspendedEVSE"})
    await station.call(*old)
    assert (await Session.objects.aget()).status == SessionStatus.SUSPENDED_EVSE


async def test_a_missing_sequence_number_is_no_reason_to_refuse(station: Charger, alice: Person, version: str) -> None:
    """An event that is refused comes again and again. Rule 68. Rule 78."""
    telling = Telling(station, alice.uid)
    await telling.start(1000, seqNo=None)
    await telling.read(1300, 5, seqNo=None)
    await telling.stop(1500, 10, seqNo=None)
    assert (await Session.objects.aget()).energy_wh == 500
    assert await MeterReading.objects.acount() == 3


async def test_ids_that_are_too_long_stay_two(station: Charger, alice: Person, version: str) -> None:
    """Cutting them to 36 characters would make one session of two. Rule 67."""
    for evse, id_ in enumerate(("x" * 36 + "-1", "x" * 36 + "-2"), start=1):
        telling = Telling(station, alice.uid, evse=evse, transaction_id=id_)
        await telling.start(1000)
        await telling.stop(1000 + 100 * evse, 10)
    assert [row.energy_wh async for row in Session.objects.order_by("evse_number")] == [100, 200]
