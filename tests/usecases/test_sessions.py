"""Sessions as they should go: OCPP 1.6 §4.8 and §4.10, OCPP 2.0.1 block E."""

import pytest

from charging.models import MeterReading, Session, SessionAnomaly
from charging.states import SessionStatus
from drivers.models import IdToken
from drivers.states import AuthorizationStatus
from simulator import Charger, StopReason
from tests.conftest import MakeCharger, Person, every_version
from tests.usecases.facts import kinds_of_anomalies
from tests.usecases.telling import VERSIONS_2, Payload, Telling, status_of

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)


@every_version
async def test_E04_a_card_first_then_the_plug(station: Charger, alice: Person, version: str) -> None:
    """TC_E_04_CSMS, TC_004_1_CSMS."""
    await station.tap(alice.uid)
    await station.plug_in()
    await station.advance(600)
    await station.meter_values()
    session = await Session.objects.aget()
    assert (session.driver_id, session.status) == (alice.driver.pk, SessionStatus.CHARGING)
    await station.unplug()
    await station.settle()
    await session.arefresh_from_db()
    assert (session.status, session.stop_reason) == (SessionStatus.ENDED, "EVDisconnected")
    assert session.energy_wh == station.evse(1).meter_wh > 0
    assert await kinds_of_anomalies() == set()


@every_version
async def test_E_a_tap_without_a_plug_comes_to_nothing(station: Charger, alice: Person, version: str) -> None:
    """TC_004_2_CSMS: nobody plugs in before ConnectionTimeOut."""
    await station.tap(alice.uid)
    await station.advance(station.settings.connection_timeout_s + 1)
    assert not await Session.objects.aexists()


@every_version
async def test_a_refused_card_has_a_session_all_the_same(station: Charger, alice: Person, version: str) -> None:
    """TC_037_3_CSMS, TC_E_16_CSMS. Energy may flow already. Rule 37. Rule 38. Rule 39. Rule 73. Defect 11."""
    await IdToken.objects.aupdate(is_blocked=True)
    telling = Telling(station, alice.uid)
    answer = await telling.start(1000)
    assert status_of(answer) == "Blocked"
    if version == "1.6":
        assert answer["transactionId"] > 0
    await telling.read(1500, 5)
    await telling.stop(1600, 10)
    session = await Session.objects.aget()
    assert (session.energy_wh, session.token_id) == (600, alice.card.pk)
    assert session.authorization_status == AuthorizationStatus.BLOCKED
    assert await kinds_of_anomalies() == {"refused_energy"}


@every_version
async def test_a_refused_card_without_energy_is_no_anomaly(station: Charger, version: str) -> None:
    telling = Telling(station, "DEADBEEF")
    assert status_of(await telling.start(1000)) in {"Invalid", "Unknown"}
    await telling.stop(1000, 1)
    assert (await Session.objects.aget()).authorization_status == AuthorizationStatus.UNKNOWN
    assert not await SessionAnomaly.objects.aexists()


@every_version
async def test_C09_the_other_card_of_the_group_ends_it(
    station: Charger, alice: Person, bob: Person, version: str
) -> None:
    """TC_C_39_CSMS. The start's card is billed. Rule 25. Rule 74."""
    await station.start_charging(alice.uid)
    await station.tap(bob.uid)
    session = await Session.objects.aget()
    assert (session.status, session.token_id, session.driver_id) == (
        SessionStatus.ENDED,
        alice.card.pk,
        alice.driver.pk,
    )
    assert session.stop_token_key == bob.uid.lower()


@every_version
async def test_a_stop_with_a_strangers_card_is_taken_and_billed_to_the_first(
    station: Charger, alice: Person, charlie: Person, version: str
) -> None:
    """The station let it happen; we are told of it. Rule 40. Rule 74. Defect 13."""
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    card = {"idTag": charlie.uid} if version == "1.6" else {"idToken": {"idToken": charlie.uid, "type": "ISO14443"}}
    answer = await telling.stop(1700, 10, **card)
    assert status_of(answer) in {"Invalid", "Unknown"}
    session = await Session.objects.aget()
    assert (session.status, session.token_id, session.energy_wh) == (SessionStatus.ENDED, alice.card.pk, 700)
    assert session.stop_token_key == charlie.uid.lower()


@every_version
async def test_why_it_ended_is_kept(station: Charger, alice: Person, version: str) -> None:
    """TC_005_1_CSMS, TC_E_15_CSMS, TC_E_20_CSMS, TC_032_1_CSMS. Rule 77."""
    for reason in (StopReason.LOCAL, StopReason.EMERGENCY_STOP, StopReason.POWER_LOSS, StopReason.EV_DISCONNECTED):
        await station.start_charging(alice.uid)
        await station.advance(60)
        await station.stop_charging(reason=reason)
        await station.unplug()
    reasons = [session.stop_reason async for session in Session.objects.order_by("pk")]
    assert reasons == ["Local", "EmergencyStop", "PowerLoss", "EVDisconnected"]


@every_version
async def test_no_reason_means_local_and_an_unknown_one_other(station: Charger, alice: Person, version: str) -> None:
    """Quirk 89. Rule 44. Rule 77."""
    for number, (given, kept) in enumerate(((None, "Local"), ("Thunderstorm", "Other"))):
        telling = Telling(station, alice.uid, evse=number + 1)
        await telling.start(1000)
        info = {"transactionId": telling.transaction_id} | ({"stoppedReason": given} if given else {})
        changes = {"reason": given} if version == "1.6" else {"transactionInfo": info}
        await telling.stop(1100, 5, **changes)
        session = await Session.objects.aget(transaction_id=telling.transaction_id)
        assert session.stop_reason == kept


@every_version
async def test_two_cars_with_one_card_never_mix(station: Charger, alice: Person, version: str) -> None:
    """A server was seen to give the second car the first one's transaction. Rule 38. Rule 42. Defect 1."""
    left, right = Telling(station, alice.uid, evse=1), Telling(station, alice.uid, evse=2)
    await left.start(1000)
    await right.start(1000)
    assert left.transaction_id != right.transaction_id
    await right.read(9000, 5)
    await left.read(2000, 6)
    await right.stop(9500, 10)
    sessions = [row async for row in Session.objects.order_by("evse_number")]
    assert [(row.evse_number, row.energy_wh, row.is_ongoing) for row in sessions] == [(1, 1000, True), (2, 8500, False)]
    await left.stop(2500, 20)
    await sessions[0].arefresh_from_db()
    assert sessions[0].energy_wh == 1500
    assert await kinds_of_anomalies() == set()
    by_session = [await MeterReading.objects.filter(session=row).acount() for row in sessions]
    assert by_session == ([1, 1] if version == "1.6" else [3, 3])


@every_2_x
async def test_one_transaction_id_on_two_stations_is_two_sessions(
    make_charger: MakeCharger, alice: Person, version: str
) -> None:
    """Rule 67."""
    for identity in ("modern", "newest"):
        station = await make_charger(version, identity)
        await station.connect()
        await station.boot()
        telling = Telling(station, alice.uid, transaction_id="1")
        await telling.start(1000)
        await telling.stop(1200, 10)
    assert [row.energy_wh async for row in Session.objects.all()] == [200, 200]


async def test_transaction_ids_of_1_6_are_positive_and_never_used_twice(station_16: Charger, alice: Person) -> None:
    """Rule 38. Defect 14."""
    ids = []
    for number in range(3):
        telling = Telling(station_16, alice.uid)
        await telling.start(1000, minutes=number)
        await telling.stop(1000, minutes=number + 0.5)
        ids.append(int(telling.transaction_id))
    assert len(set(ids)) == 3
    assert all(0 < id_ < 2**31 for id_ in ids)


@every_version
async def test_a_free_start_without_a_card(station: Charger, version: str) -> None:
    """Quirk 91 and TC_E_09_CSMS: a session nobody has shown a card for. Rule 72."""
    telling = Telling(station, None)
    without_token: Payload = {} if version == "1.6" else {"idToken": None}
    answer = await telling.start(1000, **without_token)
    assert ("idTagInfo" in answer) == (version == "1.6")
    await telling.stop(1400, 10)
    session = await Session.objects.aget()
    assert (session.energy_wh, session.token_id, session.driver_id) == (400, None, None)
    assert await kinds_of_anomalies() == {"refused_energy"}


@every_version
async def test_a_second_start_where_a_car_charges_keeps_both(
    station: Charger, alice: Person, bob: Person, version: str
) -> None:
    """Quirk 79: the stop of the first got lost. Defect 18."""
    first, second = Telling(station, alice.uid), Telling(station, bob.uid)
    await first.start(1000)
    await first.read(1800, 10)
    await second.start(2000, minutes=60)
    assert await kinds_of_anomalies() == {"missing_stop"}
    await second.stop(2500, 70)
    old, new = [row async for row in Session.objects.order_by("pk")]
    assert (old.is_ongoing, old.energy_wh) == (True, 800)
    assert (new.is_ongoing, new.energy_wh) == (False, 500)
