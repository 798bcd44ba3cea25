"""Starts that are repeated, lost, late or strange: OCPP 1.6 §4.8, OCPP 2.0.1 E."""

import asyncio
import json

import pytest

from charging.models import Session
from charging.states import AnomalyKind
from drivers.models import AuthorizationPurpose, AuthorizationRecord
from simulator import Charger
from stations.models import ChargingStation, Variable
from tests.conftest import MakeCharger, Person, every_version
from tests.usecases.facts import everything_known, has_anomaly, kinds_of_anomalies
from tests.usecases.telling import VERSIONS_2, Telling, status_of

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)


@every_version
@pytest.mark.parametrize("new_id", [False, True], ids=["same id", "new id"])
async def test_a_repeated_start_gets_the_same_answer(
    station: Charger, alice: Person, version: str, new_id: bool
) -> None:
    """Quirk 75. Rule 11: the id is a hint, no key. Rule 42."""
    telling = Telling(station, alice.uid)
    first = await telling.start(1000)
    known = await everything_known(but=(Variable,))
    action = telling.start_message()[0]
    assert await station.repeat_last(action, new_id=new_id) == first
    assert await everything_known(but=(Variable,)) == known
    assert await AuthorizationRecord.objects.filter(purpose=AuthorizationPurpose.START).acount() == 1


@pytest.mark.parametrize("timestamp", [None, "", "yesterday", "2022-02-29T10:00:00Z"])
async def test_a_transaction_without_a_readable_time_is_told_twice(
    station_16: Charger, alice: Person, timestamp: str | None
) -> None:
    """Our own time of receipt is another one each time; it must not make a second session. Quirk 75. Rule 42."""
    telling = Telling(station_16, alice.uid)
    first = await telling.start(1000, timestamp=timestamp)
    assert await telling.start(1000, timestamp=timestamp) == first
    await telling.stop(1500, 10, timestamp=timestamp)
    known = await everything_known(but=(Variable,))
    await telling.stop(1500, 10, timestamp=timestamp)
    assert await everything_known(but=(Variable,)) == known
    assert await Session.objects.acount() == 1
    assert await kinds_of_anomalies() == set()


async def test_a_start_without_a_time_is_a_new_one_once_the_session_ended(station_16: Charger, alice: Person) -> None:
    """The meter of some stations stands still, and then nothing else tells the two apart."""
    telling = Telling(station_16, alice.uid)
    first = await telling.start(0, timestamp=None)
    await telling.stop(0, 10, timestamp=None)
    assert (await telling.start(0, timestamp=None))["transactionId"] != first["transactionId"]
    await telling.stop(0, 10, timestamp=None, transactionId=-1, idTag=alice.uid)
    assert not await Session.objects.ongoing().aexists()


@every_version
async def test_a_start_repeated_after_a_reconnect(station: Charger, alice: Person, version: str) -> None:
    """Quirk 98: the answer did not reach the station. Rule 26. Rule 42."""
    telling = Telling(station, alice.uid)
    message = telling.start_message(1000)
    first = await station.call(*message)
    await station.go_offline()
    await station.connect()
    assert await station.call(*message) == first
    assert await Session.objects.acount() == 1


@every_version
async def test_a_start_repeated_over_a_new_socket_at_the_same_time(
    station: Charger, alice: Person, version: str
) -> None:
    """Quirk 22: the old half-open socket still holds the message. Rule 6. Rule 42."""
    message = Telling(station, alice.uid).start_message(1000)
    old = station.wire.connection
    frame = [2, station.wire.new_message_id(), *message]
    await asyncio.gather(old.send_text(json.dumps(frame)), station.connect())
    answer = await station.call(*message)
    assert status_of(answer) == "Accepted"
    assert await Session.objects.acount() == 1
    assert await kinds_of_anomalies() == set()


@every_version
async def test_a_start_after_its_answer_was_acted_upon(station: Charger, alice: Person, version: str) -> None:
    """A start repeated after readings and even after the stop opens nothing. Rule 42. Rule 43."""
    telling = Telling(station, alice.uid)
    message = telling.start_message(1000)
    first = await station.call(*message)
    telling.transaction_id = str(first.get("transactionId", telling.transaction_id))
    await telling.read(1400, 5)
    assert await station.call(*message) == first
    await telling.stop(1500, 10)
    known = await everything_known(but=(Variable,))
    assert await station.call(*message) == first
    assert await everything_known(but=(Variable,)) == known


@every_version
async def test_a_start_that_differs_is_another(station: Charger, alice: Person, version: str) -> None:
    """The same card at the same place, a minute later: not the same start. Rule 42."""
    first, second = Telling(station, alice.uid), Telling(station, alice.uid)
    await first.start(1000)
    await first.stop(1000, 0.5)
    await second.start(1000, minutes=1)
    assert await Session.objects.acount() == 2


async def test_the_start_that_never_came_is_not_guessed(station_16: Charger, alice: Person) -> None:
    """Quirk 77: only the stop arrives, with an id we never gave. Rule 40."""
    telling = Telling(station_16, alice.uid, transaction_id="4711")
    assert await telling.stop(5000, 10) == {}
    assert not await Session.objects.aexists()
    assert await has_anomaly(AnomalyKind.ORPHAN_STOP)


@every_2_x
async def test_a_2_x_session_whose_start_never_came_is_kept(station: Charger, alice: Person, version: str) -> None:
    """The station named it, so it exists: quirk 148. Rule 68."""
    telling = Telling(station, alice.uid)
    telling.start_message()
    await telling.read(1400, 5)
    await telling.stop(1900, 10)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh, session.start_received_at) == (False, 500, None)
    assert await has_anomaly(AnomalyKind.MISSING_START)


async def test_a_meter_start_that_is_missing(station_16: Charger, alice: Person) -> None:
    """Quirk 101: null or left out. The readings tell."""
    telling = Telling(station_16, alice.uid)
    await telling.start(meterStart=None)
    await telling.read(7000, 1)
    await telling.read(7600, 9)
    await telling.stop(7700, 10)
    session = await Session.objects.aget()
    assert (session.meter_start_wh, session.energy_wh) == (None, 700)


async def test_a_reservation_of_zero_is_none(station_16: Charger, alice: Person) -> None:
    """Quirk 74."""
    await Telling(station_16, alice.uid).start(reservationId=0)
    await Telling(station_16, alice.uid).start(minutes=5, reservationId=12)
    assert [row.reservation_id async for row in Session.objects.order_by("pk")] == [None, 12]


@every_version
async def test_a_start_at_a_place_nobody_knew(station: Charger, alice: Person, version: str) -> None:
    """The session does not need the EVSE's row."""
    telling = Telling(station, alice.uid, evse=9)
    assert status_of(await telling.start(1000)) == "Accepted"
    await telling.stop(1300, 10)
    session = await Session.objects.aget()
    assert (session.evse_number, session.energy_wh) == (9, 300)


@every_version
async def test_every_station_has_its_own_sessions(
    make_charger: MakeCharger, station: Charger, alice: Person, version: str
) -> None:
    """The same start on two stations is two sessions, the same stop ends one."""
    other = await make_charger(version, "another")
    await other.connect()
    await other.boot()
    mine, theirs = Telling(station, alice.uid), Telling(other, alice.uid)
    await mine.start(1000)
    await theirs.start(1000)
    await mine.stop(1500, 10)
    ongoing = await Session.objects.ongoing().select_related("station").aget()
    assert ongoing.station == await ChargingStation.objects.aget(identity="another")
