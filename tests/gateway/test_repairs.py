"""Every repair there is: a frame through the real socket that needs it, and its name in the wire log."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from stations.models import Frame, RepairCount, VendorProfile
from stations.repairs import Repair
from stations.traits import Trait
from tests.conftest import NAMES, SECRET
from tests.gateway.conftest import Door, OpenSocket
from tests.gateway.knocking import basic
from tests.gateway.polling import eventually

MOMENT = "2026-11-22T12:00:00Z"


@dataclass(frozen=True)
class Case:
    """What needs the repair. A payload is put into a CALL; a text or bytes are the whole frame."""

    action: str
    payload: Any
    version: str = "1.6"
    trait: str = ""
    """What the vendor's profile must tell, so that it is mended."""


def status(**changes: Any) -> dict[str, Any]:
    return {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": MOMENT, **changes}


def status_v2(**changes: Any) -> dict[str, Any]:
    return {"evseId": 1, "connectorId": 1, "connectorStatus": "Available", "timestamp": MOMENT, **changes}


def values(*sampled: Any, **changes: Any) -> dict[str, Any]:
    return {"connectorId": 1, "meterValue": [{"timestamp": MOMENT, "sampledValue": list(sampled), **changes}]}


def start(**changes: Any) -> dict[str, Any]:
    return {"connectorId": 1, "idTag": "A1", "meterStart": 1, "timestamp": MOMENT, **changes}


def stop(**changes: Any) -> dict[str, Any]:
    return {"transactionId": 5, "meterStop": 9, "timestamp": MOMENT, **changes}


def without(payload: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != name}


def event(**changes: Any) -> dict[str, Any]:
    return {
        "eventType": "Started",
        "timestamp": MOMENT,
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "t1"},
        **changes,
    }


OCMF = 'OCMF|{"RD":[]}|{"SD":"00"}'
# The first frame after an odd handshake tells what was odd about it.
OF_THE_HANDSHAKE: dict[Repair, dict[str, Any]] = {
    Repair.NO_SUBPROTOCOL: {"subprotocols": None},
    Repair.SUBPROTOCOL_ALIAS: {"subprotocols": "ocpp1.6j"},
    Repair.IDENTITY_IN_QUERY: {"target": "/ocpp?cid=old_faithful"},
    Repair.OLD_TLS: {"by_old_tls": True},
    Repair.IDENTITY_IN_ADDRESS: {"target": "/ocpp/ws%3A%2F%2Fcsms.example%2Focpp%2Fold_faithful"},
}
CASES: dict[Repair, Case] = {
    Repair.NOT_UTF8: Case("", b'[2,"id","Authorize",{"idTag":"\xff\xfe"}]'),
    Repair.BINARY_FRAME: Case("", b""),
    Repair.BYTE_ORDER_MARK: Case("", '\ufeff[2,"id","Heartbeat",{}]\x00'),
    Repair.CONTROL_CHARACTER: Case("DataTransfer", {"vendorId": "a\x00b"}),
    Repair.STRAY_COMMA: Case("", ',[2,"id","Heartbeat",{},]'),
    Repair.VALUE_LEFT_OUT: Case("", '[2,"id","MeterValues",{"transactionId":,"connectorId":1,"meterValue":[]}]'),
    Repair.PAYLOAD_LEFT_OUT: Case("Heartbeat", None),
    Repair.MESSAGE_ID_NOT_TEXT: Case("", '[2,7,"Heartbeat",{}]'),
    Repair.UNKNOWN_PROPERTY: Case("Authorize", {"idTag": "A1", "connectorId": 1}),
    Repair.TEXT_TOO_LONG: Case("StatusNotification", status(info="x" * 200)),
    Repair.TOKEN_TOO_LONG: Case("Authorize", {"idTag": "x" * 300}),
    Repair.SIGNED_DATA_TOO_LONG: Case(
        "MeterValues",
        {
            "evseId": 1,
            "meterValue": [
                {
                    "timestamp": MOMENT,
                    "sampledValue": [
                        {
                            "value": 1,
                            "signedMeterValue": {
                                "signedMeterData": "x" * 9000,
                                "signingMethod": "",
                                "encodingMethod": "OCMF",
                                "publicKey": "x",
                            },
                        }
                    ],
                }
            ],
        },
        version="2.0.1",
    ),
    Repair.NULL_DROPPED: Case("StatusNotification", status(info=None)),
    Repair.NUMBER_AS_TEXT: Case("MeterValues", values(*[{"value": number} for number in range(40)])),
    Repair.TEXT_AS_NUMBER: Case("StatusNotification", status(connectorId="1")),
    Repair.FRACTION_ROUNDED: Case("StartTransaction", start(meterStart=1.4)),
    Repair.OBJECT_AS_LIST: Case(
        "MeterValues", {"connectorId": 1, "meterValue": values({"value": "1"})["meterValue"][0]}
    ),
    Repair.TEXT_AS_BOOLEAN: Case("TransactionEvent", event(offline="true"), version="2.0.1"),
    Repair.OBJECT_AS_TEXT: Case("DataTransfer", {"vendorId": "v", "data": {"a": 1}}),
    Repair.LIST_EMPTY: Case("MeterValues", {"evseId": 1, "meterValue": []}, version="2.0.1"),
    Repair.LETTER_CASE: Case("StatusNotification", status(status="AVAILABLE")),
    Repair.UNKNOWN_WORD: Case("MeterValues", values({"value": "1", "context": "Sometimes"})),
    Repair.UNKNOWN_REASON: Case("StopTransaction", stop(reason="BecauseIWantedTo")),
    Repair.UNKNOWN_ERROR_CODE: Case("StatusNotification", status(errorCode="Error")),
    Repair.OLD_STATUS: Case("StatusNotification", status(status="Occupied")),
    Repair.REQUIRED_MISSING: Case("StartTransaction", without(start(), "meterStart")),
    Repair.CUSTOM_DATA_INVALID: Case("Heartbeat", {"customData": {"note": 1}}, version="2.1"),
    Repair.CONNECTOR_MISSING: Case("StatusNotification", without(status_v2(), "connectorId"), version="2.0.1"),
    Repair.ERROR_CODE_MISSING: Case("StatusNotification", without(status(), "errorCode")),
    Repair.TIME_MISSING: Case("StopTransaction", without(stop(), "timestamp")),
    Repair.TIME_UNREADABLE: Case("StopTransaction", stop(timestamp="2022-02-29T12:00:00Z")),
    Repair.TIME_WITHOUT_ZONE: Case("StopTransaction", stop(timestamp="2026-11-22T12:00:00")),
    Repair.DECIMAL_COMMA: Case("MeterValues", values({"value": "1,5", "unit": "kWh"})),
    Repair.VALUE_UNREADABLE: Case("MeterValues", values({"value": ""})),
    Repair.UNIT_UNKNOWN: Case("MeterValues", values({"value": "1", "unit": "Hz"})),
    Repair.NUMBER_TOO_LARGE: Case("TransactionEvent", event(seqNo=2**64 - 1), version="2.0.1"),
    Repair.TRANSACTION_ID_NONE: Case("StopTransaction", stop(transactionId=-1)),
    Repair.RESERVATION_ID_NONE: Case("StartTransaction", start(reservationId=0)),
    Repair.NULL_WORD: Case("BootNotification", {"chargePointVendor": "Voltaria", "chargePointModel": "null"}),
    Repair.SHAPE_OF_16: Case("StatusNotification", status(), version="2.0.1"),
    Repair.MEASURAND_NOTATION: Case("MeterValues", values({"value": "1", "measurand": "Current.Import.L1"})),
    Repair.TOKEN_CLEANED: Case("Authorize", {"idTag": "A1\x10\x0e"}),
    Repair.TOKEN_SUFFIX: Case("Authorize", {"idTag": "A1_4711"}, trait=Trait.TOKEN_SUFFIX),
    Repair.TIME_OF_SITE: Case("StopTransaction", stop(), trait=Trait.LOCAL_TIME),
    Repair.UNIT_ASSUMED: Case("MeterValues", values({"value": "1.5"}), trait=Trait.KWH_WITHOUT_UNIT),
    Repair.SIGNED_DATA_MISPLACED: Case("MeterValues", values({"value": OCMF})),
}


def test_there_is_a_case_for_every_repair() -> None:
    assert set(CASES) | set(OF_THE_HANDSHAKE) == set(Repair)


async def _recorded(repair: Repair) -> bool:
    return await Frame.objects.filter(repairs__contains=[repair.value], direction=0).aexists()


@pytest.mark.parametrize("repair", CASES)
async def test_a_frame_is_mended_answered_and_the_repair_recorded(repair: Repair, open_raw: OpenSocket) -> None:
    case = CASES[repair]
    if case.trait:
        await VendorProfile.objects.acreate(name="Voltaria", vendor_pattern="voltaria", traits=[case.trait])
    socket = await open_raw(case.version)
    if repair == Repair.BINARY_FRAME:
        await socket.connection.send(b'[2,"id","Heartbeat",{}]')
        answers = await socket.answers_before_heartbeat()
    elif isinstance(case.payload, str | bytes):
        answers = await socket.ask(case.payload)
    else:
        answers = await socket.ask(json.dumps([2, "id", case.action, case.payload]))
    assert [answer[0] for answer in answers] == [3], answers
    await eventually(lambda: _recorded(repair))
    await eventually(RepairCount.objects.filter(station__identity=NAMES[case.version], repair=repair).aexists)


@pytest.mark.parametrize("repair", OF_THE_HANDSHAKE)
async def test_what_the_handshake_forgave_is_on_the_first_frame(
    repair: Repair, open_raw: OpenSocket, door: Door
) -> None:
    socket = await open_raw("1.6", boots=False)
    await socket.connection.close()
    answer = await door(authorization=basic("old_faithful", SECRET), **OF_THE_HANDSHAKE[repair])
    assert answer.status == 101
    text = b'[2,"id","Heartbeat",{}]'
    answer.writer.write(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
    await eventually(lambda: _recorded(repair))
