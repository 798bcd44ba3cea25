"""Quirks 70 to 98: transactions of real chargers. Each test carries the number of its quirk."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async

from charging.commands import RemoteStart
from charging.models import SessionAnomaly
from charging.services import flag_silent_sessions, flag_unreported_starts
from charging.states import AnomalyKind, AnomalyStatus, SessionStatus
from stations.commands import ChangeAvailability
from stations.models import Connector
from stations.repairs import Repair
from stations.states import CommandStatus
from stations.traits import Trait
from tests.usecases.quirks import BEGIN, DROP, Quirky, event, minute

NOBODY = "04DEADBEEF"


@pytest.mark.parametrize("transaction_id", [0, -1])
async def test_q070_a_stop_without_an_id(quirky: Quirky, transaction_id: int) -> None:
    """Placed where it can only belong: by card, time and meter."""
    await quirky.connect()
    await quirky.start(1000, minute(0))
    answer = await quirky.stop(transaction_id, 1800, minute(20), idTag=quirky.card)
    assert answer["idTagInfo"]["status"] == "Accepted"
    session = await quirky.session()
    assert (session.is_ongoing, session.energy_wh) == (False, 800)
    await quirky.mended(Repair.TRANSACTION_ID_NONE)


async def test_q071_readings_without_an_id_now_and_then(quirky: Quirky) -> None:
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    await quirky.read(transaction_id, 1100, at=minute(5))
    await quirky.read(0, 1200, at=minute(6))
    session = await quirky.session()
    assert [row.session_id async for row in quirky.readings()] == [session.pk, session.pk]
    assert session.energy_wh == 200


@pytest.mark.parametrize("transaction_id", [2**63 - 1, 2**31 - 1], ids=["int64", "int32"])
async def test_q072_the_largest_number_as_an_id(quirky: Quirky, transaction_id: int) -> None:
    """No session of ours: confirmed, and shown to staff. Nothing is ended by a guess."""
    await quirky.connect()
    await quirky.start(1000, minute(0))
    await quirky.read(transaction_id, 1500, at=minute(5))
    assert await quirky.stop(transaction_id, 1800, minute(20)) == {}
    assert (await quirky.session()).is_ongoing
    assert await quirky.anomalies() == ["orphan_stop", "unknown_transaction"]


async def test_q073_a_negative_id(quirky: Quirky) -> None:
    await quirky.connect()
    await quirky.start(1000, minute(0))
    await quirky.read(-4711, 1400, at=minute(5))
    await quirky.stop(-4711, 1800, minute(20), idTag=quirky.card)
    assert (await quirky.session()).energy_wh == 800
    assert await quirky.anomalies() == []


@pytest.mark.parametrize("reservation_id", [0, -1])
async def test_q074_a_reservation_of_0_is_none(quirky: Quirky, reservation_id: int) -> None:
    await quirky.connect()
    await quirky.start(reservationId=reservation_id)
    assert (await quirky.session()).reservation_id is None
    await quirky.mended(Repair.RESERVATION_ID_NONE)


@pytest.mark.parametrize("message_id", ["first", "second"])
async def test_q075_a_start_is_repeated(quirky: Quirky, message_id: str) -> None:
    """With the same message id or another: the same answer, one session."""
    await quirky.connect()
    payload = {"connectorId": 1, "idTag": quirky.card, "meterStart": 1000, "timestamp": "2026-11-20T12:00:00Z"}
    first = await quirky.call("StartTransaction", payload, "first")
    assert await quirky.call("StartTransaction", payload, message_id) == first
    assert len(await quirky.sessions()) == 1


async def test_q076_a_stop_is_repeated(quirky: Quirky) -> None:
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    for _ in range(3):
        await quirky.stop(transaction_id, 1600, minute(20))
    assert (await quirky.session()).energy_wh == 600
    assert await quirky.anomalies() == []


async def test_q077_only_the_stop_arrives(quirky: Quirky) -> None:
    """It waits in the review queue with its readings; a start that comes later takes it."""
    await quirky.connect()
    assert await quirky.stop(0, 1800, minute(20), idTag=quirky.card)
    assert await quirky.anomalies() == ["orphan_stop"]
    await quirky.start(1000, minute(0))
    session = await quirky.session()
    assert (session.is_ongoing, session.energy_wh) == (False, 800)
    assert await quirky.anomalies() == []


async def later(watchdog: Callable[[datetime], int], **after: float) -> None:
    """As it runs so much later."""
    await sync_to_async(watchdog)(datetime.now(UTC) + timedelta(**after))


async def test_q078_q090_it_charges_and_tells_no_start(quirky: Quirky) -> None:
    """After an accepted remote start, or by a card on the spot: staff see it, with what its meter has counted."""
    await quirky.connect()
    await quirky.rest()
    accepted = await quirky.outcome(RemoteStart(quirky.card, "ISO14443", 1), {"status": "Accepted"})
    assert accepted.status == CommandStatus.ACCEPTED
    await quirky.status("Charging")
    await later(flag_unreported_starts, minutes=9)
    assert await quirky.anomalies() == []
    for _ in range(2):
        await later(flag_unreported_starts, minutes=11)
    assert await quirky.anomalies() == ["unreported_start"]
    await quirky.start(1000, minute(0))
    await later(flag_unreported_starts, minutes=12)
    [anomaly] = [row async for row in SessionAnomaly.objects.filter(station__identity=quirky.identity)]
    assert (anomaly.kind, anomaly.status) == (AnomalyKind.UNREPORTED_START, AnomalyStatus.RESOLVED)


async def test_a_register_without_an_end_keeps_no_other_station_from_the_review_queue(quirky: Quirky) -> None:
    """Values that no number can hold in Wh; the job that looks at all stations goes on."""
    await quirky.connect()
    await quirky.status("Charging")
    endless = {"value": "1e308", "unit": "kWh", "measurand": "Energy.Active.Import.Register"}
    for minutes in (1, 2, 3):
        await quirky.read(None, endless, {"value": "1e308", "unit": "kW", "measurand": "Power.Active.Import"})
        await quirky.read(None, endless | {"value": "-1e308"}, at=minute(190 + minutes))
        await quirky.read(None, {"value": "1e308"}, at=minute(200 + minutes))
    await later(flag_unreported_starts, minutes=11)
    assert await quirky.anomalies() == ["unreported_start"]
    assert [row.value async for row in quirky.readings(value=float("inf"))] == []
    await quirky.mended(Repair.UNIT_UNKNOWN)


@pytest.mark.parametrize("sign", ["status", "next start", "silence"])
async def test_q079_the_stop_never_comes(quirky: Quirky, sign: str) -> None:
    """Three watchdogs: the connector is free, the next car begins, nothing is heard for a day."""
    await quirky.connect()
    await quirky.start(1000, minute(0))
    if sign == "status":
        await quirky.status("Available")
        await later(flag_silent_sessions, minutes=21)
    elif sign == "next start":
        await quirky.start(1500, minute(60))
    else:
        await later(flag_silent_sessions, hours=25)
    assert await quirky.anomalies() == ["missing_stop"]
    first, *_ = await quirky.sessions()
    assert first.is_ongoing


async def test_q080_available_in_the_middle_of_a_session(quirky: Quirky) -> None:
    """It goes on, and when the stop comes the state of the connector is what was told last."""
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    await quirky.status("Available")
    await later(flag_silent_sessions, minutes=5)
    assert (await quirky.session()).is_ongoing
    await quirky.stop(transaction_id, 1500, minute(20))
    assert (await quirky.session()).energy_wh == 500
    assert await quirky.anomalies() == []


async def test_q081_preparing_after_a_reboot(quirky: Quirky) -> None:
    await quirky.connect()
    await quirky.start(1000, minute(0))
    await quirky.status("Charging")
    await quirky.connect()
    await quirky.status("Preparing")
    assert (await quirky.session()).status == SessionStatus.PREPARING
    await quirky.start(1700, minute(60))
    assert await quirky.anomalies() == ["missing_stop"]


async def test_q082_readings_before_the_start_and_after_the_stop(quirky: Quirky) -> None:
    """Kept, and counted for nobody but their own."""
    await quirky.connect()
    await quirky.read(None, 990, at=minute(-5))
    transaction_id = await quirky.start(1000, minute(0))
    await quirky.stop(transaction_id, 1500, minute(20))
    await quirky.read(transaction_id, 1500, at=minute(21))
    session = await quirky.session()
    assert (session.is_ongoing, session.energy_wh) == (False, 500)
    assert await quirky.readings().acount() == 2


async def test_q083_a_transaction_we_never_heard_of(quirky: Quirky) -> None:
    await quirky.connect()
    await quirky.read(4711, 1500, at=minute(5))
    await quirky.read(4711, 1600, at=minute(6))
    assert await quirky.anomalies() == ["unknown_transaction"]
    assert await quirky.readings(session=None).acount() == 2


@pytest.mark.parametrize("garbage", ["\x10\x0e", "  ", "\x00", "\n"])
async def test_q084_garbage_behind_the_token(quirky: Quirky, garbage: str) -> None:
    await quirky.connect()
    answer = await quirky.call("Authorize", {"idTag": quirky.card + garbage})
    assert answer["idTagInfo"]["status"] == "Accepted"
    await quirky.start(idTag=quirky.card + garbage)
    assert (await quirky.session()).token_id == quirky.place.alice.card.pk


async def test_q085_a_token_of_21_characters(quirky: Quirky) -> None:
    await quirky.connect()
    answer = await quirky.call("Authorize", {"idTag": "A" * 21})
    assert answer["idTagInfo"]["status"] == "Invalid"
    await quirky.mended(Repair.TOKEN_TOO_LONG)


@pytest.mark.parametrize("token", ["HardReset", ""], ids=["q086", "q087"])
async def test_q086_q087_a_word_or_nothing_as_token_of_a_stop(quirky: Quirky, token: str) -> None:
    """The session ends, and stays that of the card it began with."""
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    await quirky.stop(transaction_id, 1400, minute(20), idTag=token, reason="HardReset")
    session = await quirky.session()
    assert (session.is_ongoing, session.energy_wh, session.stop_reason) == (False, 400, "HardReset")
    assert session.token_id == quirky.place.alice.card.pk


async def test_q088_only_hexadecimal_tokens(quirky: Quirky) -> None:
    await quirky.knows(Trait.HEX_TOKENS)
    await quirky.connect()
    await quirky.rest()
    refused = await quirky.finished(await quirky.ask(RemoteStart("APP-USER-1", "Central", 1)))
    assert refused.status == CommandStatus.NOT_SUPPORTED
    taken = await quirky.outcome(RemoteStart(quirky.card, "ISO14443", 2), {"status": "Accepted"})
    assert taken.status == CommandStatus.ACCEPTED


async def test_q089_a_reason_in_free_text(quirky: Quirky) -> None:
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    await quirky.stop(transaction_id, 1400, minute(20), reason="user pressed the red one")
    assert (await quirky.session()).stop_reason == "Other"
    await quirky.mended(Repair.UNKNOWN_REASON)


async def test_q091_a_start_without_an_authorize(quirky: Quirky) -> None:
    """The card is judged at the start."""
    await quirky.connect()
    await quirky.start()
    assert (await quirky.session()).authorization_status == "Accepted"


async def test_q092_a_remote_start_while_it_is_finishing(quirky: Quirky) -> None:
    """Refused until the cable is out; staff see why."""
    await quirky.connect()
    await quirky.rest()
    await quirky.status("Finishing")
    refused = await quirky.outcome(RemoteStart(quirky.card, "ISO14443", 1, evse_number=1), {"status": "Rejected"})
    assert (refused.status, refused.detail) == (CommandStatus.REJECTED, "The station answered Rejected.")
    assert (await Connector.objects.aget(evse__station__identity=quirky.identity)).status == "finishing"
    assert await quirky.sessions() == []


async def test_q093_a_remote_start_needs_a_connector(quirky: Quirky) -> None:
    await quirky.knows(Trait.WANTS_CONNECTOR)
    await quirky.connect()
    await quirky.rest()
    command = await quirky.outcome(RemoteStart(quirky.card, "ISO14443", 1), {"status": "Accepted"})
    assert isinstance(command.payload, dict)
    assert command.payload["connectorId"] == 1


async def test_q094_scheduled_is_no_error(quirky: Quirky) -> None:
    await quirky.connect()
    await quirky.rest()
    command = await quirky.outcome(ChangeAvailability(operative=False, evse_number=1), {"status": "Scheduled"})
    assert (command.status, command.detail) == (CommandStatus.ACCEPTED, "The station answered Scheduled.")


async def test_q095_a_card_nobody_knows_has_charged(quirky: Quirky) -> None:
    """Its energy is kept, and staff decide."""
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0), idTag=NOBODY)
    await quirky.stop(transaction_id, 6000, minute(60), idTag=NOBODY)
    session = await quirky.session()
    assert (session.energy_wh, session.authorization_status) == (5000, "Unknown")
    assert await quirky.anomalies() == ["refused_energy"]


async def test_q096_a_replay_days_later_between_what_happens_now(quirky: Quirky) -> None:
    await quirky.connect()
    live = await quirky.start(7000, minute(0), connectorId=2)
    begin = BEGIN - timedelta(days=9)
    old = await quirky.start(1000, begin)
    await quirky.read(live, 7200, at=minute(5), connector=2)
    await quirky.read(old, 1400, at=begin + timedelta(minutes=30))
    await quirky.stop(old, 1900, begin + timedelta(hours=1))
    await quirky.stop(live, 7500, minute(10))
    energies = {session.evse_number: session.energy_wh for session in await quirky.sessions()}
    assert energies == {1: 900, 2: 500}
    assert (await quirky.session(evse_number=1)).started_at == begin
    assert await quirky.anomalies() == []


async def test_q096_of_201_offline_events_do_not_tell_of_now(quirky_2: Quirky) -> None:
    await quirky_2.connect()
    status = {"timestamp": "2026-11-22T12:00:00Z", "evseId": 1, "connectorId": 1, "connectorStatus": "Available"}
    await quirky_2.call("StatusNotification", status)
    place = {"evse": {"id": 1, "connectorId": 1}, "offline": True}
    charging = {"transactionInfo": {"transactionId": "t96", "chargingState": "Charging"}}
    await quirky_2.call("TransactionEvent", event("Started", "t96", 0, 1000, minute(0), **place))
    await quirky_2.call("TransactionEvent", event("Updated", "t96", 1, 1200, minute(5), **place, **charging))
    await quirky_2.call("TransactionEvent", event("Ended", "t96", 2, 1500, minute(9), **place))
    session = await quirky_2.session()
    assert (session.energy_wh, session.was_offline) == (500, True)
    assert (await Connector.objects.aget(evse__station__identity=quirky_2.identity)).status == "available"


async def test_q097_no_energy_for_hours(quirky: Quirky) -> None:
    """A full car may stay: the session goes on until its stop, and nothing is odd about 0 kWh."""
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    for minutes in (30, 90, 150):
        await quirky.read(transaction_id, 1000, at=minute(minutes))
    await later(flag_silent_sessions, hours=2)
    assert (await quirky.session()).is_ongoing
    await quirky.stop(transaction_id, 1000, minute(160))
    assert ((await quirky.session()).energy_wh, await quirky.anomalies()) == (0, [])


async def test_q098_crashed_between_the_start_and_its_answer(quirky: Quirky) -> None:
    """It never learned its id: repeated, the start gets the same one; not repeated, its stop comes with 0."""
    await quirky.connect()
    payload = {"connectorId": 1, "idTag": quirky.card, "meterStart": 1000, "timestamp": "2026-11-22T09:00:00Z"}
    await quirky.socket.send([2, "lost", "StartTransaction", payload])
    await quirky.socket.connection.close()

    await quirky.connect()
    again = await quirky.start(1000, "2026-11-22T09:00:00Z")
    [session] = await quirky.sessions()
    assert session.transaction_id == str(again)
    await quirky.stop(0, 1500, "2026-11-22T09:30:00Z", idTag=quirky.card)
    assert (await quirky.session()).energy_wh == 500


async def test_an_id_of_201_is_used_again(quirky_2: Quirky) -> None:
    """After a reboot it counts from 1 again: the ended session stays, staff are told. Repeats stay repeats."""
    await quirky_2.connect()
    first = [event("Started", "1", 0, 1000, minute(0)), event("Ended", "1", 1, 1500, minute(9))]
    for told in (*first, *first):
        await quirky_2.call("TransactionEvent", told)
    assert await quirky_2.anomalies() == []
    timeless = event("Started", "1", 0, 1000, timestamp="yesterday")
    await quirky_2.call("TransactionEvent", timeless)
    assert await quirky_2.anomalies() == []
    for _ in range(2):
        await quirky_2.call("TransactionEvent", event("Started", "1", 0, 1500, minute(30)))
    await quirky_2.call("TransactionEvent", event("Updated", "1", 1, 2500, minute(40)))
    assert await quirky_2.anomalies() == ["reused_id"]
    anomaly = await SessionAnomaly.objects.aget(kind=AnomalyKind.REUSED_ID)
    assert anomaly.evidence["meter_start_wh"] == 1500
    session = await quirky_2.session()
    assert (session.is_ongoing, session.energy_wh) == (False, 500)


async def test_q077_of_201_the_start_is_lost(quirky_2: Quirky) -> None:
    await quirky_2.connect()
    await quirky_2.call("TransactionEvent", event("Ended", "t77", 3, 1500, minute(9), evse=DROP))
    assert await quirky_2.anomalies() == ["missing_start"]
