"""A place kept free for a card: OCPP 1.6 §5.1, §5.13, OCPP 2.0.1 block H."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import User
from charging import services as charging
from charging.commands import ReserveNow
from charging.errors import CannotReserve, ReservationEnded, TokenRefused
from charging.models import Reservation, Session, SessionAnomaly
from charging.states import AnomalyKind, ReservationStatus
from charging.tasks import follow_reservation, look_after_reservations
from drivers.models import IdToken
from simulator import Charger, ManualClock
from stations.models import ChargingStation, Command
from stations.states import CommandStatus
from tests.conftest import MakeCharger, Person, every_version
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest
from tests.usecases.asking import (
    ACCEPTED,
    always,
    at_rest,
    back_online,
    outcome_of,
    refusing,
    sent,
    silent,
    status_becomes,
)
from tests.usecases.console import Console
from tests.usecases.facts import finished, kinds_of_anomalies
from tests.usecases.telling import VERSIONS_2, Telling

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)


@pytest.fixture
async def station(make_charger: MakeCharger, version: str) -> Charger:
    """By our clock, so that a reservation of ours ends in its future."""
    charger = await make_charger(version, clock=ManualClock(datetime.now(UTC).replace(microsecond=0)))
    await charger.connect()
    await charger.boot()
    await at_rest(charger)
    return charger


async def reserve(person: Person, evse: int | None = 1, minutes: float = 30, **fields: Any) -> Reservation:
    """Asked for and answered."""
    station = await ChargingStation.objects.aget()
    expires_at = timezone.now() + timedelta(minutes=minutes)
    reservation = await sync_to_async(charging.reserve)(
        station=station, token=person.card, expires_at=expires_at, evse_number=evse, by=None, **fields
    )
    assert reservation.command is not None
    await finished(reservation.command)
    return await fresh(reservation)


async def fresh(reservation: Reservation) -> Reservation:
    return await Reservation.objects.select_related("command", "station").aget(pk=reservation.pk)


async def cancel(reservation: Reservation, by: User | None = None) -> Command:
    return await sync_to_async(charging.cancel_reservation)(reservation=reservation, by=by)


async def becomes(reservation: Reservation, status: ReservationStatus) -> Reservation:
    async def is_so() -> Reservation | None:
        return await Reservation.objects.filter(pk=reservation.pk, status=status).afirst()

    return await eventually(is_so)


@every_version
async def test_H01_an_EVSE_is_reserved_at_the_console_and_used(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """TC_046_CSMS, TC_H_01_CSMS, TC_H_15_CSMS. Rule 50."""
    command = await console.sends(station, "reserve", evse=1, token=alice.card.pk, minutes=45)
    assert command is not None
    command = await finished(command)
    reservation = await Reservation.objects.aget()
    assert (reservation.status, reservation.requested_by_id) == (ReservationStatus.ACTIVE, console.user.pk)
    assert sent(command)["reservationId" if version == "1.6" else "id"] == reservation.pk
    assert timedelta(minutes=44) < reservation.expires_at - timezone.now() <= timedelta(minutes=45)
    page = await console.station_part(station, "evses")
    assert "Reserved for Alice" in page
    assert f'data-reservation="{reservation.pk}"' in page
    assert alice.uid not in page
    await station.settle()
    await station.start_charging(alice.uid)
    used = await becomes(reservation, ReservationStatus.USED)
    session = await Session.objects.aget()
    assert (used.session_id, session.reservation_id) == (session.pk, reservation.pk)
    assert (used.ended_at, await kinds_of_anomalies()) == (session.started_at, set())
    assert "data-reservation" not in await console.station_part(station, "evses")
    await station.repeat_last("StartTransaction" if version == "1.6" else "TransactionEvent")
    assert (await fresh(reservation)).status == ReservationStatus.USED


@every_2_x
async def test_H01_a_kind_of_connector_is_reserved(station: Charger, alice: Person, version: str) -> None:
    """TC_H_15_CSMS."""
    reservation = await reserve(alice, evse=None, connector_type="sType2")
    assert reservation.status == ReservationStatus.ACTIVE
    assert reservation.command is not None
    payload = sent(reservation.command)
    assert (payload["connectorType"], "evseId" in payload) == ("sType2", False)


async def test_1_6_has_no_words_for_a_kind_of_connector(station_16: Charger, alice: Person) -> None:
    """Quirk 84: nor for long tokens."""
    await at_rest(station_16)
    reservation = await reserve(alice, evse=None, connector_type="sType2")
    assert reservation.command is not None
    assert reservation.command.status == CommandStatus.NOT_SUPPORTED
    await sync_to_async(follow_reservation)(reservation.command.pk)
    refused = await fresh(reservation)
    assert (refused.status, refused.detail) == (
        ReservationStatus.REFUSED,
        "OCPP 1.6 cannot reserve a type of connector.",
    )
    wanted = ReserveNow(1, "X" * 21, "Central", timezone.now() + timedelta(hours=1), 1)
    assert (await outcome_of(wanted)).status == CommandStatus.NOT_SUPPORTED


@every_version
async def test_H04_nobody_comes(station: Charger, alice: Person, version: str) -> None:
    """TC_047_CSMS, TC_H_07_CSMS. 2.x says so; in 1.6 the time is over, and the place shows Available."""
    reservation = await reserve(alice, minutes=30)
    await station.advance(31 * 60)
    if version != "1.6":
        await becomes(reservation, ReservationStatus.NO_SHOW)
    await sync_to_async(charging.expire_reservations)()
    assert (await fresh(reservation)).status == (
        ReservationStatus.ACTIVE if version == "1.6" else ReservationStatus.NO_SHOW
    )
    await sync_to_async(charging.expire_reservations)(timezone.now() + timedelta(minutes=32))
    over = await fresh(reservation)
    assert (over.status, over.ended_at is None) == (ReservationStatus.NO_SHOW, False)


@every_version
async def test_a_start_told_late_takes_up_what_seemed_over(station: Charger, alice: Person, version: str) -> None:
    """Offline while it is used: the start comes after the reservation has ended here."""
    reservation = await reserve(alice, minutes=30)
    await station.settle()
    await station.go_offline()
    await station.start_charging(alice.uid)
    await sync_to_async(charging.expire_reservations)(timezone.now() + timedelta(minutes=32))
    assert (await fresh(reservation)).status == ReservationStatus.NO_SHOW
    await back_online(station)
    used = await becomes(reservation, ReservationStatus.USED)
    assert used.session_id == (await Session.objects.aget()).pk


@every_version
async def test_H01_a_station_that_will_not(station: Charger, alice: Person, version: str) -> None:
    """TC_048_1_CSMS, TC_048_2_CSMS, TC_048_3_CSMS, TC_048_4_CSMS, TC_H_22_CSMS."""
    for answer in ("Faulted", "Occupied", "Unavailable", "Rejected"):
        station.on("ReserveNow", always({"status": answer}))
        reservation = await reserve(alice)
        sentence = f"The station answered {answer}."
        assert (reservation.status, reservation.detail) == (ReservationStatus.REFUSED, sentence)


@every_version
async def test_H01_any_EVSE_is_reserved(station: Charger, alice: Person, version: str) -> None:
    """TC_049_CSMS, TC_H_08_CSMS, TC_H_14_CSMS. Rule 46: connector 0 is the station."""
    first, second = await reserve(alice, evse=None), await reserve(alice, evse=None)
    assert {first.status, second.status} == {ReservationStatus.ACTIVE}
    assert first.command is not None
    assert sent(first.command).get("connectorId") == (0 if version == "1.6" else None)
    await station.settle()
    await station.start_charging(alice.uid, evse=2)
    await station.settle()
    assert await Reservation.objects.filter(status=ReservationStatus.USED).acount() == 1
    assert await Reservation.objects.open().acount() == 1


@every_version
async def test_any_EVSE_is_not_asked_of_a_station_that_says_no(
    make_charger: MakeCharger, alice: Person, version: str
) -> None:
    """ReserveConnectorZeroSupported, OCPP 2.0.1 H01.FR.19."""
    station = await make_charger(version)
    station.settings.reserves_any_evse = False
    await station.connect()
    await station.boot()
    await at_rest(station)
    with pytest.raises(CannotReserve):
        await reserve(alice, evse=None)
    with pytest.raises(CannotReserve):
        await reserve(alice, minutes=-1)
    assert not await Reservation.objects.aexists()


@every_version
async def test_a_card_that_may_not_charge_reserves_nothing(
    station: Charger, alice: Person, charlie: Person, console: Console, version: str
) -> None:
    """Neither a blocked one nor the neighbour's."""
    assert await console.sends(station, "reserve", evse=1, token=charlie.card.pk, minutes=5) is None
    assert "token" in console.refusals
    await IdToken.objects.filter(pk=alice.card.pk).aupdate(is_blocked=True)
    for person in (alice, charlie):
        with pytest.raises(TokenRefused):
            await reserve(person)
    assert not await Command.objects.filter(kind="ReserveNow").aexists()


@every_version
async def test_H02_a_reservation_is_cancelled_at_the_console(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """TC_051_CSMS, TC_H_17_CSMS."""
    reservation = await reserve(alice)
    command = await console.sends(station, "cancel-reservation", reservation=reservation.pk)
    assert command is not None
    done = await finished(command)
    assert sent(done) == {"reservationId": reservation.pk}
    assert (await fresh(reservation)).status == ReservationStatus.CANCELLED
    assert station.evse(1).reservation is None
    with pytest.raises(ReservationEnded):
        await cancel(await fresh(reservation))


@every_version
async def test_H02_a_station_that_does_not_know_it(station: Charger, alice: Person, version: str) -> None:
    """TC_052_CSMS. It keeps nothing any more (H02.FR.01)."""
    reservation = await reserve(alice)
    station.on("CancelReservation", always({"status": "Rejected"}))
    assert (await finished(await cancel(reservation))).status == CommandStatus.REJECTED
    assert (await fresh(reservation)).status == ReservationStatus.REMOVED


@every_version
async def test_what_was_not_sent_is_cancelled_without_a_word(
    station: Charger, alice: Person, olga: User, version: str
) -> None:
    await station.go_offline(cleanly=True)
    row = await ChargingStation.objects.aget()
    until = timezone.now() + timedelta(minutes=30)
    reservation = await sync_to_async(charging.reserve)(
        station=row, token=alice.card, expires_at=until, evse_number=1, by=olga
    )
    command = await cancel(reservation, olga)
    assert (command.kind, command.status) == ("ReserveNow", CommandStatus.CANCELLED)
    assert (await fresh(reservation)).status == ReservationStatus.CANCELLED


@every_version
async def test_H03_a_card_of_the_group_uses_it(station: Charger, alice: Person, bob: Person, version: str) -> None:
    """TC_053_CSMS, TC_H_19_CSMS. The parent tag is that of the answer to Bob's Authorize."""
    await alice.card.arefresh_from_db()
    reservation = await reserve(alice)
    assert reservation.group_id == "GROUP-AB"
    await station.settle()
    await station.start_charging(bob.uid)
    used = await becomes(reservation, ReservationStatus.USED)
    session = await Session.objects.aget()
    assert (used.session_id, session.driver_id) == (session.pk, bob.driver.pk)
    assert await kinds_of_anomalies() == set()


@every_version
async def test_a_station_that_forgets_to_name_it_ends_it_too(
    station: Charger, alice: Person, bob: Person, version: str
) -> None:
    """By the card, or by its group, in the reservation's time. Rule 50."""
    await alice.card.arefresh_from_db()
    for number, person in enumerate((alice, bob), start=1):
        reservation = await reserve(alice, evse=number)
        begins_at = datetime.now(UTC).replace(microsecond=0)
        await Telling(station, person.uid, number, begins_at).start()
        assert (await fresh(reservation)).status == ReservationStatus.USED
    station.on("ReserveNow", always(ACCEPTED))
    earlier = await reserve(alice, evse=2)
    await Telling(station, alice.uid, 2, datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)).start()
    assert (await fresh(earlier)).status == ReservationStatus.ACTIVE


@every_version
async def test_somebody_else_charges_where_it_is_reserved(
    station: Charger, alice: Person, charlie: Person, console: Console, version: str
) -> None:
    """Never refused: the station has decided. Noted for staff, and it stops no bill."""
    reservation = await reserve(alice)
    answer = await Telling(station, charlie.uid, 1, datetime.now(UTC).replace(microsecond=0)).start()
    assert answer
    anomaly = await SessionAnomaly.objects.aget(kind=AnomalyKind.RESERVED_FOR_ANOTHER)
    assert (anomaly.blocks_billing, anomaly.evidence["reservation"]) == (False, reservation.pk)
    assert alice.uid not in str(anomaly.evidence)
    assert (await fresh(reservation)).status == ReservationStatus.ACTIVE
    assert "reserved for somebody else" in await console.page("console:anomaly", anomaly.pk)


@every_version
async def test_H01_a_fault_ends_it(station: Charger, alice: Person, version: str) -> None:
    """TC_H_20_CSMS. OCPP 1.6 §5.13: so it does there, where nobody says so."""
    reservation = await reserve(alice)
    await station.settle()
    await station.set_fault(evse=1)
    await becomes(reservation, ReservationStatus.REMOVED)
    await station.clear_fault(evse=1)
    assert (await fresh(reservation)).status == ReservationStatus.REMOVED


@every_2_x
async def test_H04_the_station_tells_of_the_end(station: Charger, alice: Person, charlie: Person, version: str) -> None:
    """Repeated, late, and with ids that nobody gave. Another station's reservation is none of its business."""
    reservation = await reserve(alice)
    update = {"reservationId": reservation.pk, "reservationUpdateStatus": "Removed"}
    assert await station.call("ReservationStatusUpdate", update | {"reservationId": reservation.pk + 1000}) == {}
    for _ in range(2):
        assert await station.call("ReservationStatusUpdate", update) == {}
    await station.call("ReservationStatusUpdate", update | {"reservationUpdateStatus": "Expired"})
    assert (await fresh(reservation)).status == ReservationStatus.REMOVED


async def test_2_1_the_card_came_and_the_car_did_not(make_charger: MakeCharger, alice: Person) -> None:
    """OCPP 2.1 H03.FR.11."""
    station = await make_charger("2.1")
    await station.connect()
    await station.boot()
    await at_rest(station)
    reservation = await reserve(alice)
    update = {"reservationId": reservation.pk, "reservationUpdateStatus": "NoTransaction"}
    await station.call("ReservationStatusUpdate", update)
    assert (await fresh(reservation)).status == ReservationStatus.NO_SHOW


@every_version
async def test_an_error_or_silence_is_no_reservation(
    make_charger: MakeCharger, impatient_gateway: GatewayUnderTest, alice: Person, version: str
) -> None:
    """What was answered in error is refused. What was not answered is uncertain, until the answer comes after all."""
    station = await make_charger(version, url=impatient_gateway.url, call_timeout_s=1)
    await station.connect()
    await station.boot()
    await at_rest(station)
    station.on("ReserveNow", refusing("InternalError"))
    refused = await reserve(alice)
    station.on("ReserveNow", silent)
    uncertain = await reserve(alice)
    assert uncertain.command is not None
    await status_becomes(uncertain.command, CommandStatus.TIMED_OUT)
    for _ in range(2):
        await sync_to_async(look_after_reservations)()
    assert (await fresh(refused)).status == ReservationStatus.REFUSED
    assert (await fresh(uncertain)).status == ReservationStatus.UNCONFIRMED
    assert uncertain.command.message_id
    await station.send_text(f'[3,"{uncertain.command.message_id}",{{"status":"Accepted"}}]')
    await becomes(uncertain, ReservationStatus.ACTIVE)
