"""A charger can be told to misbehave; it then does exactly that."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from simulator import CallError, Charger, Fault, Faults
from tests.simulator.conftest import MakeCharger
from tests.simulator.scripted_csms import ScriptedCsms

CARD = "04A2B3C4D5E6F7"


async def faulty(make_charger: MakeCharger, fault: Fault, version: str = "1.6") -> Charger:
    charger = make_charger(version, faults=Faults({fault}))
    await charger.connect()
    await charger.boot()
    return charger


async def test_a_dropped_connection(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.inject(Fault.DROP_CONNECTION)
    assert not charger.is_connected
    await charger.come_online()
    assert charger.is_connected


async def test_a_half_open_socket_stays_while_a_second_one_works(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD)
    await charger.abandon_connection()
    await charger.come_online()
    assert len(csms.sockets) == 2
    assert csms.sockets[0].state.name == "OPEN"
    await charger.tap(CARD)
    assert charger.evse(1).transaction is None


async def test_pings_are_never_answered(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = await faulty(make_charger, Fault.NO_PONG)
    pong = asyncio.ensure_future(await csms.sockets[-1].ping())
    await charger.call("Heartbeat", {})
    assert not pong.done()
    pong.cancel()


async def test_pings_are_answered_otherwise(csms: ScriptedCsms, charger: Charger) -> None:
    await (await csms.sockets[-1].ping())


@pytest.mark.parametrize(("fault", "ids"), [(Fault.REPEAT_SAME_ID, 1), (Fault.REPEAT_NEW_ID, 2)])
async def test_transaction_messages_are_repeated(
    csms: ScriptedCsms, make_charger: MakeCharger, fault: Fault, ids: int
) -> None:
    charger = make_charger(faults=Faults({fault}))
    seen: list[str] = []
    charger.observe(
        lambda direction, text: (
            seen.append(json.loads(text)[1]) if direction == "out" and "StartTransaction" in text else None
        )
    )
    await charger.connect()
    await charger.boot()
    await charger.start_charging(CARD)
    assert len(seen) == 2
    assert len(set(seen)) == ids


async def test_replayed_messages_are_reordered(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = await faulty(make_charger, Fault.REORDER, "2.0.1")
    await charger.go_offline()
    await charger.start_charging(CARD)
    await charger.tap(CARD)
    await charger.come_online()
    numbers = [event["seqNo"] for event in csms.payloads("TransactionEvent")]
    assert numbers != sorted(numbers)
    assert sorted(numbers) == list(range(len(numbers)))


async def test_answers_may_be_errors(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    await faulty(make_charger, Fault.ANSWER_ERROR)
    with pytest.raises(KeyError, match="InternalError"):
        await csms.command("ClearCache", {})


async def test_answers_may_be_late(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = await faulty(make_charger, Fault.DELAY_ANSWERS)
    charger.faults.answer_delay_s = 0.01
    assert await csms.command("ClearCache", {}) == {"status": "Accepted"}


async def test_truncated_json_and_a_huge_frame_go_out_as_they_are(csms: ScriptedCsms, charger: Charger) -> None:
    sent: list[str] = []
    charger.observe(lambda direction, text: sent.append(text) if direction == "out" else None)
    await charger.inject(Fault.HUGE_FRAME)
    assert len(sent[-1]) > 2 * 2**20
    await charger.inject(Fault.TRUNCATED_JSON)
    with pytest.raises(json.JSONDecodeError):
        json.loads(sent[-1])
    await charger.wait_closed()


async def test_transaction_id_zero(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = await faulty(make_charger, Fault.TRANSACTION_ID_ZERO)
    await charger.start_charging(CARD)
    await charger.tap(CARD)
    assert csms.payloads("StopTransaction")[0]["transactionId"] == 0


async def test_numbers_for_strings(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    csms.is_validating = False
    charger = await faulty(make_charger, Fault.NUMBERS_FOR_STRINGS)
    await charger.start_charging(CARD)
    await charger.meter_values()
    sampled = csms.payloads("MeterValues")[0]["meterValue"][0]["sampledValue"]
    assert all(isinstance(item["value"], int | float) for item in sampled)


async def test_the_register_may_fall(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD)
    await charger.advance(600)
    await charger.inject(Fault.METER_RESET)
    assert charger.evse(1).meter_wh == 0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.CLOCK_1970, "1970-01-01T00:00:00Z"),
        (Fault.CLOCK_AHEAD, "2026-11-22T17:00:00Z"),
        (Fault.CLOCK_WITHOUT_ZONE, "2026-11-22T12:00:00"),
    ],
)
async def test_wrong_clocks(make_charger: MakeCharger, fault: Fault, expected: str) -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    charger = make_charger(faults=Faults({fault}, _started_at=at))
    assert charger.timestamp(at) == expected


async def test_a_flood_does_not_wait_for_answers(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.wire.flood(100)
    await charger.call("Heartbeat", {})
    assert csms.actions().count("Heartbeat") == 101


async def test_a_hardware_fault_ends_the_transaction_and_is_told(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD)
    await charger.set_fault(error_code="GroundFailure")
    assert charger.evse(1).transaction is None
    assert "Faulted" in str(csms.payloads("StatusNotification")[-1])
    await charger.clear_fault()
    await charger.unplug()
    assert "Available" in str(csms.payloads("StatusNotification")[-1])


async def test_an_override_may_stay_silent_or_refuse(csms: ScriptedCsms, charger: Charger) -> None:
    def refuse(payload: dict[str, object]) -> None:
        raise CallError("GenericError", "not today")

    charger.on("ClearCache", refuse)
    with pytest.raises(KeyError, match="GenericError"):
        await csms.command("ClearCache", {})
    charger.on("ClearCache", lambda payload: None)
    with pytest.raises(TimeoutError):
        await csms.command("ClearCache", {}, timeout_s=0.05)
