"""Stories that make no sense, and what becomes of their energy and of what staff see."""

from typing import Any

import pytest

from charging.models import Session
from drivers.models import AuthorizationRecord
from simulator import Charger
from stations.models import Connector, Variable
from stations.states import ConnectorStatus
from tests.conftest import Person, every_version
from tests.usecases.facts import everything_known, kinds_of_anomalies
from tests.usecases.telling import VERSIONS_2, Telling, id_token, status_of
from tests.usecases.test_status import tell

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)


@pytest.mark.parametrize("connector", [0, 32_767])
async def test_a_start_where_no_car_can_be(station_16: Charger, alice: Person, connector: int) -> None:
    """It is confirmed, and its energy counts. Rule 37. Rule 46."""
    telling = Telling(station_16, alice.uid, evse=connector)
    assert status_of(await telling.start(1000)) == "Accepted"
    await telling.read(1200, 5)
    await telling.stop(1500, 10)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh) == (False, 500)


async def test_readings_that_name_the_transaction_and_the_wrong_connector(station_16: Charger, alice: Person) -> None:
    """The transaction's name counts: its energy is not the other car's. Rule 38."""
    left, right = Telling(station_16, alice.uid, evse=1), Telling(station_16, alice.uid, evse=2)
    await left.start(1000)
    await right.start(5000)
    await left.read(1300, 5, connectorId=2)
    await right.read(5400, 6, connectorId=1)
    await left.stop(1500, 10)
    await right.stop(5900, 10)
    assert [row.energy_wh async for row in Session.objects.order_by("evse_number")] == [500, 900]
    assert await kinds_of_anomalies() == set()


@every_2_x
async def test_the_car_is_gone_before_the_end_is_told(station: Charger, alice: Person, version: str) -> None:
    """Quirk 80: what is told last is not what is true now. Rule 47. Rule 71."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    info = {"transactionId": telling.transaction_id}
    await telling.update("ChargingStateChanged", 1, transactionInfo=info | {"chargingState": "Charging"})
    await tell(station, "Available")
    await telling.update("EVCommunicationLost", 10, transactionInfo=info | {"chargingState": "Idle"})
    await telling.stop(1500, 10, transactionInfo=info | {"chargingState": "Idle", "stoppedReason": "EVDisconnected"})
    assert (await Session.objects.aget()).is_ongoing is False
    assert (await Connector.objects.aget(evse__number=1)).status == ConnectorStatus.AVAILABLE


@every_2_x
async def test_the_end_while_the_cable_is_in(station: Charger, alice: Person, version: str) -> None:
    """The connector stays Occupied, so the station says nothing of it: it is finishing. Rule 71."""
    telling = Telling(station, alice.uid)
    await tell(station, "Occupied")
    await telling.start(1000)
    info = {"transactionId": telling.transaction_id}
    await telling.update("ChargingStateChanged", 1, transactionInfo=info | {"chargingState": "Charging"})
    assert (await Connector.objects.aget(evse__number=1)).status == ConnectorStatus.CHARGING
    await telling.stop(1500, 10, transactionInfo=info | {"chargingState": "EVConnected"})
    assert (await Connector.objects.aget(evse__number=1)).status == ConnectorStatus.FINISHING
    await tell(station, "Available")
    assert (await Connector.objects.aget(evse__number=1)).status == ConnectorStatus.AVAILABLE


@every_2_x
async def test_an_end_that_says_nothing_of_the_car(station: Charger, alice: Person, version: str) -> None:
    """Without a chargingState: the cable may still be in, but nothing charges any more."""
    telling = Telling(station, alice.uid)
    await tell(station, "Occupied")
    await telling.start(1000)
    info = {"transactionId": telling.transaction_id}
    await telling.update("ChargingStateChanged", 1, transactionInfo=info | {"chargingState": "Charging"})
    await telling.stop(1500, 10)
    assert (await Connector.objects.aget(evse__number=1)).status == ConnectorStatus.FINISHING


@every_2_x
@pytest.mark.parametrize("kind", ["Started", "Updated", "Ended"])
async def test_an_event_with_a_card_is_repeated(station: Charger, alice: Person, version: str, kind: str) -> None:
    """The card was presented once: one record, one answer. Rule 42. Rule 73."""
    telling = Telling(station, alice.uid)
    card: dict[str, Any] = {"idToken": id_token(alice.uid)}
    await telling.start(1000)
    if kind == "Updated":
        await telling.update("Authorized", 1, **card)
    elif kind == "Ended":
        await telling.stop(1500, 10, **card)
    first = await station.repeat_last("TransactionEvent")
    known = await everything_known(but=(Variable,))
    assert await station.repeat_last("TransactionEvent", new_id=True) == first
    assert await everything_known(but=(Variable,)) == known
    assert await AuthorizationRecord.objects.acount() == (1 if kind == "Started" else 2)


@every_2_x
async def test_a_session_that_moves(station: Charger, alice: Person, version: str) -> None:
    """Another EVSE in the middle: cars do not move, so the first counts; its energy stays its own."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.read(1200, 5, evse={"id": 2, "connectorId": 1})
    await telling.stop(1500, 10, evse={"id": 2, "connectorId": 1})
    session = await Session.objects.aget()
    assert (session.evse_number, session.energy_wh) == (1, 500)


@every_version
async def test_a_session_of_no_time_and_no_energy(station: Charger, alice: Person, version: str) -> None:
    """Quirk 97. Started and stopped in the same second."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.stop(1000, 0)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh, session.ended_at) == (False, 0, session.started_at)
    assert await kinds_of_anomalies() == set()


@every_version
async def test_the_same_reading_at_the_same_second_twice(station: Charger, alice: Person, version: str) -> None:
    """Quirk 67: different values with one timestamp are both kept."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    for wh in (1100, 1101, 1100):
        await telling.read(wh, 5)
    await telling.stop(1200, 10)
    assert (await Session.objects.aget()).energy_wh == 200
    assert await kinds_of_anomalies() == set()


@every_version
async def test_a_meter_that_stands_still_for_hours(station: Charger, alice: Person, version: str) -> None:
    """Quirk 97: a full car. It goes on until its stop."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    for minutes in range(0, 110, 10):
        await telling.read(1500, minutes)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh) == (True, 500)
