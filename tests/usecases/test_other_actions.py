"""Everything OCPP has and we do not take, and what OCPP does not have: each is answered as its version says."""

import json
from itertools import count
from typing import Any

import jsonschema_rs
import pytest

from gateway import schemas
from gateway.not_supported import NOT_SUPPORTED
from gateway.versions import ROUTES
from simulator import CallError, Charger
from stations.models import Frame
from stations.states import OcppVersion
from tests.conftest import VERSIONS, every_version
from tests.gateway.polling import eventually
from tests.usecases.asking import at_rest
from tests.usecases.facts import everything_known
from tests.usecases.telling import VERSIONS_2

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)


def untaken(version: str) -> list[str]:
    """Actions without a handler: some are only ours to send, some we do not take."""
    known = OcppVersion(version)
    return sorted(schemas.actions(known) - ROUTES[known].handlers.keys() - schemas.SENDS)


@every_version
async def test_known_and_not_taken_is_not_supported(station: Charger, version: str) -> None:
    """Each with its reason in the answer, and nothing changes. Rule 16."""
    await at_rest(station)
    before = await everything_known()
    for action in untaken(version):
        with pytest.raises(CallError) as refusal:
            await station.call(action, {})
        assert refusal.value.code == "NotSupported", action
        reason = NOT_SUPPORTED[OcppVersion(version)].get(action, "Only this server sends it.")
        assert refusal.value.description == f"{action} is not taken: {reason}"
    assert len(untaken(version)) > 20
    assert await everything_known() == before


@every_version
async def test_unknown_is_not_implemented(station: Charger, version: str) -> None:
    """Quirk 60. Names are case-sensitive. Rule 14. Rule 16."""
    for action in ("MakeCoffee", "heartbeat", "HEARTBEAT", "BootNotificationRequest", "x" * 5000, "é"):
        with pytest.raises(CallError) as refusal:
            await station.call(action, {})
        assert refusal.value.code == "NotImplemented"
    assert "currentTime" in await station.call("Heartbeat", {})


async def test_an_action_of_another_version_is_unknown(station_16: Charger, station_201: Charger) -> None:
    """Rule 3: the version is that of the socket. Rule 16."""
    for station, action in ((station_16, "TransactionEvent"), (station_201, "StopTransaction")):
        with pytest.raises(CallError) as refusal:
            await station.call(action, {})
        assert refusal.value.code == "NotImplemented"
    with pytest.raises(CallError) as refusal:
        await station_201.call("NotifyPriorityCharging", {})
    assert refusal.value.code == "NotImplemented"


ILL_FORMED: dict[str, tuple[str, Any, str, str]] = {
    # what: (action, payload, code in 1.6, code in 2.x)
    "a list": ("Heartbeat", [], "FormationViolation", "FormatViolation"),
    "a text": ("Heartbeat", "now", "FormationViolation", "FormatViolation"),
    "missing": ("StatusNotification", {}, "OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
    "wrong type": (
        "StatusNotification",
        {
            "connectorId": [],
            "evseId": [],
            "status": "Available",
            "connectorStatus": "Available",
            "errorCode": "NoError",
        },
        "TypeConstraintViolation",
        "TypeConstraintViolation",
    ),
    "wrong word": (
        "StatusNotification",
        {"connectorId": 1, "evseId": 1, "status": "Asleep", "connectorStatus": "Asleep", "errorCode": "NoError"},
        "PropertyConstraintViolation",
        "PropertyConstraintViolation",
    ),
}


@every_version
@pytest.mark.parametrize("what", ILL_FORMED)
async def test_each_version_has_its_spelling_of_the_codes(station: Charger, version: str, what: str) -> None:
    """1.6 keeps two codes misspelt. Rule 17. Rule 20."""
    action, payload, code_16, code_2 = ILL_FORMED[what]
    with pytest.raises(CallError) as refusal:
        await station.call(action, payload)
    assert refusal.value.code == (code_16 if version == "1.6" else code_2)
    assert "currentTime" in await station.call("Heartbeat", {})


@every_version
async def test_null_and_nothing_for_a_payload_are_read_as_empty(station: Charger, version: str) -> None:
    """Quirk 45. Rule 14."""
    numbers = count()
    for frame in ('[2,"%s","Heartbeat",null]', '[2,"%s","Heartbeat",""]', '[2,"%s","Heartbeat"]'):
        message_id = f"odd-{next(numbers)}"
        await station.send_text(frame % message_id)
        answer = json.loads(await station.receive_frame())
        assert (answer[:2], list(answer[2])) == ([3, message_id], ["currentTime"])


SHAPELESS = {
    # frame: (code in 1.6, code in 2.x); an empty code is silence
    '[2,"odd"]': ("FormationViolation", "RpcFrameworkError"),
    '[2,"odd","Heartbeat",{},"more"]': ("FormationViolation", "RpcFrameworkError"),
    '[2,"odd",5,{}]': ("FormationViolation", "RpcFrameworkError"),
    '[2,"odd","Heartbeat",{"a":': ("FormationViolation", "FormatViolation"),
    "{}": ("", "RpcFrameworkError"),
    "[]": ("", "RpcFrameworkError"),
    "hello": ("", "RpcFrameworkError"),
}


@every_version
@pytest.mark.parametrize("frame", SHAPELESS)
async def test_a_frame_of_no_shape_is_answered_as_far_as_it_can_be(station: Charger, version: str, frame: str) -> None:
    """Quirk 39. The bad text is not sent back; the socket stays. Rule 8. Rule 13."""
    await at_rest(station)
    code = SHAPELESS[frame][0 if version == "1.6" else 1]
    await station.send_text(frame)
    if code:
        answer = json.loads(await station.receive_frame())
        assert answer[:3] == [4, "odd" if "odd" in frame else "-1", code]
        assert answer[4] == {}
    assert "currentTime" in await station.call("Heartbeat", {})
    await station.receive_nothing(0.1)


@every_2_x
async def test_custom_data_is_no_reason_to_refuse(station: Charger, version: str) -> None:
    """2.x allows it in every object. Rule 20."""
    custom = {"vendorId": "org.example", "anything": {"goes": [1]}}
    assert "currentTime" in await station.call("Heartbeat", {"customData": custom})


async def test_a_SEND_is_never_answered(make_charger: Any) -> None:
    """OCPP-J 2.1. It is kept in the wire log. Rule 18."""
    station = await make_charger("2.1")
    await station.connect()
    await station.boot()
    await at_rest(station)
    stream = {"id": 1, "pending": 0, "basetime": "2026-11-22T12:00:00Z", "data": [{"t": 0, "v": "1"}]}
    await station.send_text(json.dumps([6, "send-1", "NotifyPeriodicEventStream", stream]))
    await station.send_text(json.dumps([5, "result-1", "FormatViolation", "bad", {}]))
    assert "currentTime" in await station.call("Heartbeat", {})
    await station.receive_nothing(0.1)
    await eventually(Frame.objects.filter(message_type=6, action="NotifyPeriodicEventStream").aexists)
    await eventually(Frame.objects.filter(message_type=5).aexists)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_types_5_and_6_are_unknown_before_2_1(station: Charger, version: str) -> None:
    """Rule 9: ignored in 1.6, answered in 2.x. Rule 18."""
    await at_rest(station)
    for number in (5, 6, 7):
        await station.send_text(f'[{number},"id-{number}","Heartbeat",{{}}]')
        if version != "1.6":
            answer = json.loads(await station.receive_frame())
            assert answer[:3] == [4, f"id-{number}", "MessageTypeNotSupported"]
    assert "currentTime" in await station.call("Heartbeat", {})
    await station.receive_nothing(0.1)


def test_all_schemas_are_there() -> None:
    """39, 64 and 90 actions; each compiles, in both directions. Rule 20."""
    for version, number in zip(VERSIONS, (39, 64, 91), strict=True):
        known = OcppVersion(version)
        assert len(schemas.actions(known)) == number
        for action in schemas.actions(known):
            assert isinstance(schemas.validator(known, action), jsonschema_rs.Draft4Validator)
