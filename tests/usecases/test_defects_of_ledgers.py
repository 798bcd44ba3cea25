"""Mistakes that other systems make with sessions, and ours does not: each test carries the number of docs/quirks.md."""

import asyncio
from datetime import timedelta

import pytest

from charging.models import MeterReading, Session, SessionAnomaly
from charging.states import AnomalyKind
from drivers.models import IdToken
from simulator import Charger
from tests.conftest import MakeCharger, Person, every_version
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest
from tests.usecases.console import Console
from tests.usecases.facts import has_anomaly, kinds_of_anomalies
from tests.usecases.telling import VERSIONS_2, Payload, Telling, status_of, two_hours_ago

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)


@every_2_x
async def test_d09_what_is_told_before_its_start_survives_everything(
    make_charger: MakeCharger, alice: Person, console: Console, version: str
) -> None:
    """The gateway is killed between; a second one is told the start. Staff saw the energy all the time."""
    first = await asyncio.to_thread(GatewayUnderTest)
    station = await make_charger(version, url=first.url)
    await station.connect()
    await station.boot()
    telling = Telling(station, alice.uid)
    start = telling.start_message(1000)
    await telling.read(1400, 5)
    await telling.stop(1900, 10)
    first.process.kill()
    await asyncio.to_thread(first.process.wait)
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.start_received_at, session.energy_wh) == (False, None, 500)
    assert "0.5" in await console.page("console:session", session.pk)
    second = await asyncio.to_thread(GatewayUnderTest)
    try:
        station.url = second.url
        await eventually(lambda: _reconnected(station))
        await station.call(*start)
        await station.close()
    finally:
        await asyncio.to_thread(second.stop)
    session = await Session.objects.aget()
    assert (session.meter_start_wh, session.energy_wh, session.token_id) == (1000, 900, alice.card.pk)
    assert not await has_anomaly(AnomalyKind.MISSING_START, status="open")


async def _reconnected(station: Charger) -> bool:
    if not station.is_connected:
        await station.connect()
    return station.is_connected


@every_version
async def test_d10_an_unknown_transaction_is_nobody_elses(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """Another session runs at the station, at the same EVSE even: it learns nothing of it."""
    running = Telling(station, alice.uid)
    await running.start(1000)
    unknown = Telling(station, alice.uid, transaction_id="4711")
    await unknown.read(9000, 5)
    await unknown.stop(9500, 6)
    session = await Session.objects.aget(transaction_id=running.transaction_id)
    assert (session.is_ongoing, session.energy_wh) == (True, 0)
    others = [row.energy_wh async for row in Session.objects.exclude(pk=session.pk)]
    expected = {"unknown_transaction", "orphan_stop"} if version == "1.6" else {"missing_start"}
    assert others == ([] if version == "1.6" else [500])
    assert expected <= await kinds_of_anomalies()
    queue = await console.page("admin:charging_sessionanomaly_changelist")
    assert all(AnomalyKind(kind).label in queue for kind in expected)


@every_version
async def test_d11_d14_a_refused_start_is_a_session_of_its_own(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """Told offline, at EVSEs that nobody knew, and each start twice; the numbers differ, the energy is kept."""
    tellings = [Telling(station, "04DEADBEEF", evse=evse) for evse in (7, 8)]
    for telling in tellings:
        message = telling.start_message(1000, **({} if version == "1.6" else {"offline": True}))
        answer = await station.call(*message)
        assert status_of(answer) in {"Invalid", "Unknown"}
        assert await station.call(*message) == answer
        telling.transaction_id = str(answer.get("transactionId", telling.transaction_id))
        await telling.stop(4000, 30)
    sessions = [row async for row in Session.objects.order_by("evse_number")]
    assert [(row.evse_number, row.energy_wh) for row in sessions] == [(7, 3000), (8, 3000)]
    if version == "1.6":
        numbers = [int(row.transaction_id) for row in sessions]
        assert numbers[0] > 0
        assert numbers[1] > numbers[0]
    assert await SessionAnomaly.objects.filter(kind=AnomalyKind.REFUSED_ENERGY, status="open").acount() == 2
    assert "3" in await console.page("console:session", sessions[0].pk)


async def test_d12_d13_an_unknown_stop_is_stored_confirmed_and_shown(station_16: Charger, console: Console) -> None:
    """It is there the moment the answer is, with its readings, and its repetitions add nothing."""
    stop = Telling(station_16, None, transaction_id="4711")
    begin = {"value": "700", "context": "Transaction.Begin"}
    data = [{"timestamp": stop.at(0), "sampledValue": [begin]}]
    for _ in range(3):
        assert await stop.stop(5000, 10, transactionData=data) == {}
        anomaly = await SessionAnomaly.objects.aget()
        assert (anomaly.kind, anomaly.status) == (AnomalyKind.ORPHAN_STOP, "open")
        assert "700" in str(anomaly.evidence)
    assert AnomalyKind.ORPHAN_STOP.label in await console.page("console:anomaly", anomaly.pk)


STOPS: dict[str, tuple[Payload, AnomalyKind | None]] = {
    "an hour ahead of us": ({"minutes": 180}, AnomalyKind.CLOCK_SKEW),
    "before its start": ({"minutes": -30}, AnomalyKind.CLOCK_SKEW),
    "below its start": ({"wh": 400}, AnomalyKind.REGISTER_DECREASE),
    "by a card of nobody": ({"card": "04DEADBEEF"}, None),
}


@every_version
async def test_d15_a_stop_that_looks_wrong_ends_its_session(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """And what comes after it opens nothing; staff see on the page of each session what is odd about it."""
    for number, (case, (wrong, kind)) in enumerate(STOPS.items()):
        telling = Telling(station, alice.uid, begins_at=two_hours_ago() + timedelta(minutes=20 * number))
        await telling.start(1000)
        card = wrong.get("card")
        told = {"idTag": card} if version == "1.6" else {"idToken": {"idToken": card, "type": "ISO14443"}}
        await telling.stop(wrong.get("wh", 1600), wrong.get("minutes", 10), **(told if card else {}))
        await telling.read(1600, 11)
        session = await Session.objects.aget(transaction_id=telling.transaction_id)
        assert (session.is_ongoing, session.energy_wh >= 0) == (False, True), case
        odd = {row.kind async for row in SessionAnomaly.objects.filter(session=session)}
        assert (kind in odd) if kind else (odd == set()), (case, odd)
        assert not kind or kind.label in await console.page("console:session", session.pk), case


@every_version
async def test_d18_what_names_no_transaction_is_kept(
    station: Charger, alice: Person, bob: Person, version: str
) -> None:
    """A second start where a car charges, readings without a number, and in 1.6 a stop with number 0."""
    await IdToken.objects.aupdate(group=None)
    first, second = Telling(station, alice.uid), Telling(station, bob.uid)
    await first.start(1000)
    await second.start(2000, minutes=30)
    values = [{"timestamp": second.at(35), "sampledValue": [_register(version, 2300)]}]
    place = {"connectorId": 1} if version == "1.6" else {"evseId": 1}
    assert await station.call("MeterValues", {**place, "meterValue": values}) == {}
    assert await MeterReading.objects.filter(value=2300).aexists()
    card = {"transactionId": 0, "idTag": bob.uid} if version == "1.6" else {}
    await station.call(*second.stop_message(2500, 40, **card))
    old, new = [row async for row in Session.objects.order_by("pk")]
    assert (old.is_ongoing, new.is_ongoing, new.energy_wh) == (True, False, 500)
    assert await kinds_of_anomalies() == {"missing_stop"}


def _register(version: str, wh: int) -> Payload:
    return {"value": str(wh) if version == "1.6" else wh}
