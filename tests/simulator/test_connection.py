"""Handshake, frames and answers, whatever the version."""

import asyncio
import json

import pytest

from simulator import AnswerTimeout, CallError, ConnectionLost, HandshakeRefused, UnexpectedFrame
from tests.simulator.conftest import MakeCharger
from tests.simulator.scripted_csms import ScriptedCsms


async def test_the_version_is_offered_and_the_choice_known(
    csms: ScriptedCsms, make_charger: MakeCharger, version: str
) -> None:
    charger = make_charger(version)
    await charger.connect()
    assert charger.subprotocol == f"ocpp{version}"


async def test_without_an_offer_nothing_is_chosen(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger(subprotocols=())
    await charger.connect()
    assert charger.subprotocol is None


async def test_a_refused_handshake_tells_its_status(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    csms.refuse_with = 401
    with pytest.raises(HandshakeRefused) as refused:
        await make_charger(password="wrong").connect()
    assert (refused.value.status_code, refused.value.body) == (401, b"no")


async def test_nobody_listening_is_a_lost_connection(make_charger: MakeCharger) -> None:
    charger = make_charger()
    charger.url = "ws://127.0.0.1:1/ocpp"
    with pytest.raises(ConnectionLost):
        await charger.connect()


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("secret-of-modern", "old_faithful:secret-of-modern"),
        (bytes.fromhex("00ff10"), "old_faithful:\x00\xff\x10"),
        (None, ""),
    ],
)
async def test_basic_auth_carries_text_and_raw_bytes(
    csms: ScriptedCsms, make_charger: MakeCharger, password: str | bytes | None, expected: str
) -> None:
    await make_charger(password=password).connect()
    assert csms.authorizations == [expected]


async def test_an_identity_is_percent_encoded(make_charger: MakeCharger) -> None:
    charger = make_charger()
    charger.identity = "CP 1/ä"
    assert charger.address.full_url.endswith("/ocpp/CP%201%2F%C3%A4")


async def test_raw_text_is_sent_and_its_answer_received(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger()
    await charger.connect()
    await charger.send_text('[2,"mine","Heartbeat",{}]')
    assert json.loads(await charger.receive_frame())[:2] == [3, "mine"]


async def test_silence_is_checked(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger()
    await charger.connect()
    await charger.receive_nothing(0.05)
    await charger.send_text('[2,"mine","Heartbeat",{}]')
    with pytest.raises(UnexpectedFrame):
        await charger.receive_nothing(1)


async def test_a_call_error_and_a_missing_answer_are_raised(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger()
    await charger.connect()
    csms.script["Heartbeat"] = lambda _: {"error": "InternalError"}
    with pytest.raises(CallError) as error:
        await charger.call("Heartbeat", {})
    assert error.value.code == "InternalError"
    csms.script["Heartbeat"] = lambda _: None
    with pytest.raises(AnswerTimeout):
        await charger.call("Heartbeat", {}, timeout_s=0.05)


async def test_every_frame_is_observed_in_both_directions(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger()
    frames: list[tuple[str, str]] = []
    charger.observe(lambda direction, text: frames.append((direction, text)))
    await charger.connect()
    await charger.call("Heartbeat", {})
    assert [direction for direction, _ in frames] == ["out", "in"]


async def test_only_one_call_is_open_at_a_time(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger()
    open_calls: list[int] = []
    count = 0

    def follow(direction: str, text: str) -> None:
        nonlocal count
        count += 1 if direction == "out" else -1
        open_calls.append(count)

    charger.observe(follow)
    await charger.connect()
    await asyncio.gather(*(charger.call("Heartbeat", {}) for _ in range(5)))
    assert max(open_calls) == 1


async def test_a_call_is_repeated_with_the_same_and_with_a_new_id(
    csms: ScriptedCsms, make_charger: MakeCharger
) -> None:
    charger = make_charger()
    sent: list[str] = []
    charger.observe(lambda direction, text: sent.append(text) if direction == "out" else None)
    await charger.connect()
    await charger.call("Heartbeat", {})
    await charger.repeat_last("Heartbeat")
    await charger.repeat_last("Heartbeat", new_id=True)
    assert sent[0] == sent[1] != sent[2]
    assert csms.actions() == ["Heartbeat"] * 3


async def test_an_override_answers_instead_of_the_charger(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger()
    await charger.connect()
    charger.on("ClearCache", lambda payload: {"status": "Rejected"})
    assert await csms.command("ClearCache", {}) == {"status": "Rejected"}
    charger.on("ClearCache", None)
    assert await csms.command("ClearCache", {}) == {"status": "Accepted"}
    assert await charger.wait_for_call("ClearCache") == {}


async def test_unknown_and_unsupported_actions_are_refused(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger("2.0.1")
    await charger.connect()
    csms.is_validating = False
    with pytest.raises(KeyError, match="NotImplemented"):
        await csms.command("MakeCoffee", {})
    with pytest.raises(KeyError, match="NotSupported"):
        await csms.command("CostUpdated", {})
    with pytest.raises(KeyError, match="FormatViolation"):
        await csms.command("Reset", {})


async def test_a_connection_closed_by_the_csms_is_noticed(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger()
    await charger.connect()
    await csms.sockets[-1].close(1012)
    await charger.wait_closed()
    assert not charger.is_connected
    with pytest.raises(ConnectionLost):
        await charger.call("Heartbeat", {})
