"""Stops that are repeated, strange or without a start: OCPP 1.6 §4.10, OCPP 2.0.1 E06, E07."""

from typing import Any

import pytest

from charging.models import MeterReading, Session, SessionAnomaly
from charging.states import AnomalyKind, AnomalyStatus
from drivers.models import IdToken
from simulator import Charger
from stations.models import Variable
from tests.conftest import Person, every_version
from tests.usecases.facts import everything_known, has_anomaly, kinds_of_anomalies
from tests.usecases.telling import Telling, value_of

NOBODYS_IDS = [0, -1, -4711, 4711, 2**31 - 1, 2**63 - 1]


@every_version
@pytest.mark.parametrize("new_id", [False, True], ids=["same id", "new id"])
async def test_a_repeated_stop_is_confirmed_and_changes_nothing(
    station: Charger, alice: Person, version: str, new_id: bool
) -> None:
    """Quirk 76. Rule 11. Rule 40. Rule 42."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    first = await telling.stop(1500, 10)
    known = await everything_known(but=(Variable,))
    assert await station.repeat_last(telling.stop_message(0, 0, seqNo=0)[0], new_id=new_id) == first
    assert await everything_known(but=(Variable,)) == known


@every_version
async def test_a_second_stop_that_says_something_else(station: Charger, alice: Person, version: str) -> None:
    """The first one counts; staff are shown the other. Rule 40."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.stop(1500, 10)
    await telling.stop(9000, 30)
    session = await Session.objects.aget()
    assert session.energy_wh == 500
    assert "conflicting_stop" in await kinds_of_anomalies()


@pytest.mark.parametrize("transaction_id", NOBODYS_IDS)
async def test_a_stop_of_a_transaction_we_do_not_know(station_16: Charger, alice: Person, transaction_id: int) -> None:
    """Quirks 70, 72, 73. Always confirmed, never guessed: it waits for staff.

    Rule 40. Rule 41. Defect 10. Defect 13.
    """
    running = Telling(station_16, alice.uid)
    await running.start(1000)
    payload = {"transactionId": transaction_id, "meterStop": 5000, "timestamp": running.at(10), "idTag": "DEADBEEF"}
    answer = await station_16.call("StopTransaction", payload)
    assert answer["idTagInfo"]["status"] == "Invalid"
    assert (await Session.objects.aget()).is_ongoing
    anomaly = await SessionAnomaly.objects.aget()
    assert (anomaly.kind, anomaly.status, anomaly.session_id) == (AnomalyKind.ORPHAN_STOP, AnomalyStatus.OPEN, None)
    assert "DEADBEEF" not in str(anomaly.evidence)
    assert await station_16.call("StopTransaction", payload) == answer
    assert await SessionAnomaly.objects.acount() == 1


@pytest.mark.parametrize("transaction_id", [0, -1])
async def test_a_stop_without_an_id_that_can_mean_only_one_session(
    station_16: Charger, alice: Person, bob: Person, transaction_id: int
) -> None:
    """TC_039_CSMS. The station never got the answer to its start. Rule 41. Defect 18."""
    await IdToken.objects.aupdate(group=None)
    hers, his = Telling(station_16, alice.uid), Telling(station_16, bob.uid, evse=2)
    await hers.start(1000)
    await his.start(1000)
    await station_16.call(*hers.stop_message(1800, 10, transactionId=transaction_id, idTag=alice.uid))
    session = await Session.objects.aget(token=alice.card)
    assert (session.is_ongoing, session.energy_wh) == (False, 800)
    assert await Session.objects.ongoing().acount() == 1
    assert await kinds_of_anomalies() == set()


async def test_a_stop_without_an_id_that_could_mean_two(station_16: Charger, alice: Person) -> None:
    """Never a guess: two sessions of one card run. Rule 41."""
    for evse in (1, 2):
        await Telling(station_16, alice.uid, evse=evse).start(1000)
    orphan = Telling(station_16, alice.uid, transaction_id="0")
    await orphan.stop(1800, 10, idTag=alice.uid)
    assert await Session.objects.ongoing().acount() == 2
    assert await kinds_of_anomalies() == {"orphan_stop"}


async def test_a_start_that_comes_after_its_stop(station_16: Charger, alice: Person) -> None:
    """Quirk 96: out of order, and the stop without an id. Rule 41. Rule 43."""
    telling = Telling(station_16, alice.uid, transaction_id="-1")
    await telling.stop(1800, 10, idTag=alice.uid)
    assert await has_anomaly(AnomalyKind.ORPHAN_STOP, status=AnomalyStatus.OPEN)
    await telling.start(1000)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh) == (False, 800)
    assert await has_anomaly(AnomalyKind.ORPHAN_STOP, status=AnomalyStatus.RESOLVED)


async def test_an_id_of_another_station_ends_nothing(make_charger: Any, station_16: Charger, alice: Person) -> None:
    """A transaction belongs to its station. Rule 67."""
    mine = Telling(station_16, alice.uid)
    await mine.start(1000)
    other = await make_charger("1.6", "another")
    await other.connect()
    await other.boot()
    theirs = Telling(other, None, transaction_id=mine.transaction_id)
    await theirs.stop(1500, 10)
    assert (await Session.objects.aget()).is_ongoing
    assert await kinds_of_anomalies() == {"orphan_stop"}


@every_version
async def test_a_meter_that_stops_below_its_start(station: Charger, alice: Person, version: str) -> None:
    """Quirk 100. No negative energy, ever. Rule 60."""
    telling = Telling(station, alice.uid)
    await telling.start(5000)
    await telling.stop(1200, 10)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh) == (False, 0)
    assert (session.meter_start_wh, session.meter_stop_wh) == (5000, 1200)
    assert await has_anomaly(AnomalyKind.REGISTER_DECREASE)


@every_version
async def test_a_register_that_is_reset_in_the_middle(station: Charger, alice: Person, version: str) -> None:
    """Quirk 100: the meter starts again from zero. What was measured before and after counts. Rule 60."""
    telling = Telling(station, alice.uid)
    await telling.start(5000)
    await telling.read(5600, 10)
    await telling.read(100, 20)
    await telling.stop(400, 30)
    session = await Session.objects.aget()
    assert session.energy_wh == 900
    assert await has_anomaly(AnomalyKind.REGISTER_DECREASE)


@every_version
async def test_a_stop_earlier_than_its_start(station: Charger, alice: Person, version: str) -> None:
    """Other servers keep the session open for ever. Rule 40. Defect 15."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.stop(1500, -30)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh) == (False, 500)
    assert session.ended_at is not None
    assert session.ended_at >= session.started_at
    assert await has_anomaly(AnomalyKind.CLOCK_SKEW)


async def test_the_data_of_a_stop_join_the_readings_once(station_16: Charger, alice: Person) -> None:
    """StopTxnSampledData repeats what MeterValues told. Rule 45. Rule 66."""
    telling = Telling(station_16, alice.uid)
    await telling.start(1000)
    await telling.read(1200, 5)

    def at(minutes: float, wh: int, context: str) -> dict[str, Any]:
        return {"timestamp": telling.at(minutes), "sampledValue": [value_of("1.6", wh, context=context)]}

    data = [at(0, 1000, "Transaction.Begin"), at(5, 1200, "Sample.Periodic"), at(10, 1500, "Transaction.End")]
    await telling.stop(1500, 10, transactionData=data)
    session = await Session.objects.aget()
    assert session.energy_wh == 500
    values = [row.value async for row in MeterReading.objects.filter(session=session).order_by("at")]
    assert values == [1000, 1200, 1500]
    assert await kinds_of_anomalies() == set()


async def test_a_stop_with_an_empty_card(station_16: Charger, alice: Person) -> None:
    """Quirk 87. Rule 44."""
    telling = Telling(station_16, alice.uid)
    await telling.start(1000)
    assert await telling.stop(1100, 10, idTag="") == {}
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.stop_token_key) == (False, "")


@every_version
async def test_readings_after_the_stop_are_kept(station: Charger, alice: Person, version: str) -> None:
    """Quirk 82. They do not open it again. Defect 15."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.stop(1500, 10)
    before = await MeterReading.objects.acount()
    await telling.read(1500, 11)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh) == (False, 500)
    assert await MeterReading.objects.acount() == before + 1
    assert AnomalyKind.REGISTER_DECREASE not in await kinds_of_anomalies()
