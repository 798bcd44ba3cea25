"""What is kept of frames that take the short way into the wire log: the same as of all others."""

import json
from typing import Any

import pytest

from stations.models import Direction, Frame
from tests.conftest import MakeCharger
from tests.gateway.polling import eventually

TOKEN = "04A1B2C3D4E5F6"
SECRET = "s3cret-battery-staple"
AT = "2026-11-22T12:00:00Z"
VALUE_V16 = {"timestamp": AT, "sampledValue": [{"value": "7"}]}
VALUE_V2 = {"timestamp": AT, "sampledValue": [{"value": 7}]}

TELLING: list[tuple[str, str, dict[str, Any]]] = [
    ("1.6", "MeterValues", {"connectorId": 1, "meterValue": [VALUE_V16], "idTag": TOKEN}),
    (
        "1.6",
        "StatusNotification",
        {"connectorId": 1, "errorCode": "NoError", "status": "Available", "info": f"ftp://user:{SECRET}@files.example"},
    ),
    ("2.1", "MeterValues", {"evseId": 1, "meterValue": [VALUE_V2], "customData": {"vendorId": "x", "idToken": TOKEN}}),
    ("2.0.1", "Heartbeat", {"customData": {"vendorId": "x", "password": SECRET}}),
]


async def kept(**which: Any) -> Frame:
    return await eventually(Frame.objects.filter(**which).order_by("-pk").afirst)


@pytest.mark.parametrize(("version", "action", "payload"), TELLING, ids=[f"{a}-{v}" for v, a, _ in TELLING])
async def test_nothing_secret_is_kept_of_what_hardly_ever_holds_it(
    make_charger: MakeCharger, version: str, action: str, payload: dict[str, Any]
) -> None:
    station = await make_charger(version)
    await station.connect()
    await station.boot()
    await station.call(action, payload)
    # The station tells its status by itself too.
    frame = await kept(direction=Direction.IN, action=action, text__contains="••••")
    assert TOKEN not in frame.text
    assert SECRET not in frame.text


async def test_odd_texts_and_names_are_kept_readable(make_charger: MakeCharger) -> None:
    """A tab, a line break, a backslash, a zero byte, half of a pair, letters of all lengths; two repairs."""
    station = await make_charger("1.6")
    await station.connect()
    await station.boot()
    odd = 'a\tb\nc\\d é € 𝄞 "q"'
    await station.send_text(
        json.dumps(
            [
                2,
                "odd-1",
                "StatusNotification",
                {"connectorId": 1, "errorCode": "NoError", "status": "Available", "info": odd, "new": "\x00"},
            ]
        )
    )
    await station.call("Heartbeat", {})
    frame = await kept(direction=Direction.IN, message_id="odd-1")
    assert json.loads(frame.text)[3]["info"] == odd
    assert frame.message_id == "odd-1"
    assert frame.message_type == 2
    assert set(frame.repairs) >= {"control_character", "unknown_property"}
    answer = await kept(direction=Direction.OUT, message_id="odd-1")
    assert (answer.text, answer.message_type, answer.repairs) == ('[3,"odd-1",{}]', 3, [])
    assert answer.at >= frame.at
