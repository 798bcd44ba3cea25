"""Frames that are no CALL as it should be: the socket stays, the answer is the version's own (OCPP-J §4)."""

import json
from typing import Any

import pytest

from stations.models import Frame, RejectedConnection
from tests.conftest import every_version
from tests.gateway.conftest import OpenSocket
from tests.gateway.polling import eventually
from tests.gateway.socket import Socket

METER_VALUES: dict[str, dict[str, Any]] = {
    "1.6": {
        "connectorId": 1,
        "meterValue": [{"timestamp": "2026-11-22T12:00:00Z", "sampledValue": [{"value": "7", "unit": "Wh"}]}],
    },
    "2.0.1": {"evseId": 1, "meterValue": [{"timestamp": "2026-11-22T12:00:00Z", "sampledValue": [{"value": 7}]}]},
}
METER_VALUES["2.1"] = METER_VALUES["2.0.1"]


def malformed(version: str) -> str:
    return "FormationViolation" if version == "1.6" else "FormatViolation"


@every_version
async def test_a_frame_cut_at_every_byte(socket: Socket, version: str) -> None:
    """1.6 has no rule for a frame whose id cannot be read: silence. 2.x wants the id "-1" (OCPP-J 2.0.1 §4.2.3)."""
    text = json.dumps([2, "cut-1", "MeterValues", METER_VALUES[version]], separators=(",", ":"))
    readable_from = len('[2,"cut-1"')
    for length in range(len(text)):
        answers = await socket.ask(text[:length])
        if length >= readable_from:
            assert [answer[:3] for answer in answers] == [[4, "cut-1", malformed(version)]], text[:length]
        elif version == "1.6":
            assert answers == [], text[:length]
        else:
            assert [answer[:3] for answer in answers] == [[4, "-1", "RpcFrameworkError"]], text[:length]
    assert [answer[:2] for answer in await socket.ask(text)] == [[3, "cut-1"]]


NOT_CALLS = ["{}", "null", "5", '"text"', "true", "[]", "[[]]", "[null]", "[{}]", "hello", "\x00", "[", "]", "NaN"]


@every_version
async def test_what_is_no_message_at_all(socket: Socket, version: str) -> None:
    for text in NOT_CALLS:
        answers = await socket.ask(text)
        expected = [] if version == "1.6" else [[4, "-1"]]
        assert [answer[:2] for answer in answers] == expected, text


TYPES = [0, 1, 5, 6, 7, -1, 99, 2**70, "2", "CALL", None, True, 2.5, [], {}]


@every_version
async def test_unknown_message_types(socket: Socket, version: str) -> None:
    """1.6 ignores them, 2.x says MessageTypeNotSupported (standards §7.1 rule 9); 2.1 knows 5 and 6, unanswered."""
    for message_type in TYPES:
        answers = await socket.ask([message_type, "id-1", "Heartbeat", {}])
        is_silent = version == "1.6" or (version == "2.1" and message_type in (5, 6))
        expected = [] if is_silent else [[4, "id-1", "MessageTypeNotSupported"]]
        assert [answer[:3] for answer in answers] == expected, message_type


@every_version
async def test_every_odd_frame_is_in_the_wire_log(socket: Socket, version: str) -> None:
    """One frame that the log cannot hold must not cost the others."""
    texts = [json.dumps([message_type, "logged", "x", {}]) for message_type in TYPES]
    for text in texts:
        await socket.ask(text)
    await socket.ask([4, "nobody", "Strange\x00Code", "\x00", {}])

    async def all_there() -> bool:
        logged = {row.text async for row in Frame.objects.filter(direction=0)}
        return {*texts, json.dumps([4, "nobody", "Strange\x00Code", "\x00", {}])} <= logged

    assert await eventually(all_there)


ELEMENTS: list[Any] = [2, "short", "Heartbeat", {}, "more", "and more"]


@every_version
async def test_a_call_of_one_to_six_elements(socket: Socket, version: str) -> None:
    """A payload left out is forgiven; the rest is no RPC request."""
    code = "FormationViolation" if version == "1.6" else "RpcFrameworkError"
    for count in range(1, 7):
        answers = await socket.ask(ELEMENTS[:count])
        message_id = "short" if count > 1 else "-1"
        expected = [[3, "short"]] if count in (3, 4) else [[4, message_id, code]]
        assert [answer[: len(expected[0])] for answer in answers] == expected, count


IDS: list[Any] = [
    7,
    -1,
    2.5,
    "",
    "x" * 36,
    "x" * 37,
    "x" * 1000,
    True,
    'a"b\\c',
    "é\U0001f50c",
    "a\x00b",
]


@every_version
async def test_any_message_id_is_answered_with_itself(socket: Socket, version: str) -> None:
    for message_id in IDS:
        for action in ("Heartbeat", "Nonsense"):
            answers = await socket.ask([2, message_id, action, {}])
            assert [answer[1] for answer in answers] == [message_id], message_id
            assert answers[0][0] == (3 if action == "Heartbeat" else 4)


@every_version
async def test_what_can_be_no_id_is_answered_as_an_unreadable_one(socket: Socket, version: str) -> None:
    """OCPP-J 2.0.1 §4.2.3."""
    no_ids: list[Any] = [None, [], {"a": 1}]
    for message_id in no_ids:
        answers = await socket.ask([2, message_id, "Nonsense", {}])
        assert [answer[:2] for answer in answers] == [[4, "-1"]], message_id


@every_version
async def test_a_repeated_message_id_is_answered_each_time(socket: Socket, version: str) -> None:
    for _ in range(3):
        assert (await socket.call("Heartbeat", {}, "same"))[0] == 3


PAYLOADS: list[tuple[Any, bool]] = [
    ({}, True),
    (None, True),
    ("", True),
    ({"customData": None}, True),
    ([], False),
    ([{}], False),
    (7, False),
    (True, False),
    ("text", False),
]


@every_version
async def test_payloads_that_are_no_object(socket: Socket, version: str) -> None:
    """Null and "" are met in the field (quirks C45) and mean nothing; anything else is a format violation."""
    for payload, is_accepted in PAYLOADS:
        answer = await socket.call("Heartbeat", payload)
        assert answer[0] == (3 if is_accepted else 4), payload
        if not is_accepted:
            assert answer[2] == malformed(version), payload


@every_version
async def test_actions_that_do_not_exist(socket: Socket, version: str) -> None:
    """Standards §7.1 rule 16; action names are case-sensitive (rule 14)."""
    for action in ("Heartbeats", "heartbeat", "x" * 5000, "BootNotificationResponse", "../../etc/passwd", "a\x00"):
        answer = await socket.call(action, {})
        assert answer[2] == "NotImplemented", action
        assert len(answer[3]) <= 255
    no_texts: list[Any] = [7, None, [], {}, ""]
    for no_text in no_texts:
        answer = await socket.call(no_text, {})
        assert answer[2] == ("FormationViolation" if version == "1.6" else "RpcFrameworkError"), no_text


@every_version
async def test_known_actions_that_we_do_not_take(socket: Socket, version: str) -> None:
    answer = await socket.call("Reset", {"type": "Hard"})
    assert answer[2] == "NotSupported"
    if version != "1.6":  # of 1.6 every message of a station is taken
        answer = await socket.call("NotifyEVChargingNeeds", {"evseId": 1})
        assert answer[2] == "NotSupported"


async def test_answers_nobody_waits_for_are_never_answered(open_raw: OpenSocket) -> None:
    """Standards §7.1 rule 12: dropped and logged, in every shape."""
    for version in ("1.6", "2.0.1", "2.1"):
        socket = await open_raw(version)
        for frame in (
            [3],
            [4],
            [3, "unasked"],
            [3, "unasked", {}],
            [3, "unasked", {}, {}, {}],
            [3, None, None],
            [3, {}, []],
            [4, "unasked"],
            [4, "unasked", "InternalError", "", {}],
            [4, "unasked", None, None, None],
            [4, 5, 6, 7, 8, 9],
        ):
            assert await socket.ask(frame) == [], frame
    assert not await RejectedConnection.objects.aexists()


@pytest.mark.parametrize("version", ["2.1"])
async def test_a_send_is_never_answered(socket: Socket, version: str) -> None:
    """OCPP-J 2.1 §4.1.4, whatever is in it."""
    for frame in (
        [6, "s", "NotifyPeriodicEventStream", {}],
        [6],
        [6, None],
        [6, 1, 2, 3, 4],
        [5],
        [5, "x", "y", "z", {}],
    ):
        assert await socket.ask(frame) == [], frame
