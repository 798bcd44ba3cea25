"""What happened while there was no connection: OCPP 1.6 §3.7, OCPP 2.0.1 E04, E12, E13."""

import asyncio

from charging.models import MeterReading, Session
from drivers.models import IdToken
from drivers.states import AuthorizationStatus
from simulator import Charger
from stations.models import ChargingStation
from tests.conftest import Person, every_version
from tests.gateway.polling import eventually
from tests.usecases.facts import everything_known, kinds_of_anomalies
from tests.usecases.telling import Telling


@every_version
async def test_a_whole_session_offline_is_told_afterwards(station: Charger, alice: Person, version: str) -> None:
    """TC_039_CSMS, TC_037_1_CSMS. Rule 43. Rule 70."""
    await station.go_offline()
    began_at = station.clock.now()
    await station.start_charging(alice.uid)
    await station.advance(3600)
    await station.stop_charging()
    ended_at = station.clock.now()
    await station.unplug()
    assert not await Session.objects.aexists()
    await station.come_online()
    await station.settle()
    session = await Session.objects.aget()
    assert (session.driver_id, session.started_at, session.ended_at) == (alice.driver.pk, began_at, ended_at)
    assert session.energy_wh == station.evse(1).meter_wh > 0
    assert session.was_offline == (version != "1.6")
    assert await kinds_of_anomalies() == set()


@every_version
async def test_a_session_that_begins_online_ends_offline(station: Charger, alice: Person, version: str) -> None:
    """TC_032_1_CSMS. Nothing is missing in between. Rule 43. Rule 70."""
    await station.start_charging(alice.uid)
    await station.advance(300)
    await station.go_offline()
    await station.advance(1800)
    await station.stop_charging()
    assert (await Session.objects.aget()).is_ongoing
    await station.come_online()
    await station.settle()
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh) == (False, station.evse(1).meter_wh)
    assert await MeterReading.objects.filter(session=session).acount() > 10
    assert await kinds_of_anomalies() == set()


@every_version
async def test_a_card_nobody_knows_has_charged_offline(station: Charger, version: str) -> None:
    """TC_037_3_CSMS, quirk 95: the energy is not dropped. Rule 37."""
    await station.go_offline()
    await station.start_charging("DEADBEEF")
    await station.advance(3600)
    await station.come_online()
    await station.settle()
    await eventually(Session.objects.ended().aexists)
    session = await Session.objects.aget()
    assert (session.authorization_status, session.driver_id) == (AuthorizationStatus.UNKNOWN, None)
    assert session.energy_wh == station.evse(1).meter_wh > 0
    assert await kinds_of_anomalies() == {"refused_energy"}


@every_version
async def test_a_card_is_judged_by_the_time_it_was_presented(station: Charger, alice: Person, version: str) -> None:
    """Good then, expired when we hear of it. Rule 39. Rule 43."""
    telling = Telling(station, alice.uid)
    await IdToken.objects.aupdate(expires_at=telling.begins_at.replace(second=59))
    await telling.start(1000, minutes=-1)
    await telling.stop(1500, 30)
    assert (await Session.objects.aget()).authorization_status == AuthorizationStatus.ACCEPTED


@every_version
async def test_the_old_and_the_new_are_told_at_the_same_time(
    station: Charger, alice: Person, bob: Person, version: str
) -> None:
    """Quirk 96: the queue is replayed while another car charges live. Rule 43. Rule 47."""
    old, live = Telling(station, alice.uid, evse=1), Telling(station, bob.uid, evse=1)
    await live.start(5000, minutes=90)
    await old.start(1000, minutes=0)
    await live.read(5400, 95)
    await old.read(1200, 5)
    await old.stop(1500, 30)
    await live.stop(6000, 110)
    sessions = [row async for row in Session.objects.order_by("started_at")]
    assert [(row.driver_id, row.energy_wh) for row in sessions] == [(alice.driver.pk, 500), (bob.driver.pk, 1000)]


@every_version
async def test_a_broken_connection_in_the_middle_of_everything(station: Charger, alice: Person, version: str) -> None:
    """Answers are lost, messages repeated, and each Wh counts once. Rule 42."""
    await station.start_charging(alice.uid)
    for _ in range(4):
        sending = asyncio.create_task(station.advance(300))
        await station.go_offline()
        await sending
        await station.come_online()
    await station.stop_charging()
    await station.settle()
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh) == (False, station.evse(1).meter_wh)
    assert await kinds_of_anomalies() == set()


@every_version
async def test_the_newest_socket_wins(station: Charger, alice: Person, version: str) -> None:
    """A half-open connection is left behind; its late end changes nothing. Rule 6."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    old = station.wire.connection
    await station.abandon_connection()
    await station.connect()
    await telling.read(1200, 5)
    await old.drop()
    await telling.stop(1500, 10)
    assert (await Session.objects.aget()).energy_wh == 500
    known = await everything_known()
    assert known["ChargingStation"][0]["connection_id"] is not None
    assert await ChargingStation.objects.online().acount() == 1
