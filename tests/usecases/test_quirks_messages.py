"""Quirks 39 to 69: JSON, types and times of real chargers. Each test carries the number of its quirk."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stations.commands import GetVariables, VariableName
from stations.models import Connector, StatusInterval, Variable
from stations.models.variable import Mutability
from stations.repairs import Repair
from stations.traits import Trait
from tests.usecases.quirks import BERLIN, DROP, Quirky, answers, minute, sampled_wh
from tests.usecases.telling import Payload

AT = "2026-11-22T12:00:00Z"
VALUE = {"timestamp": AT, "sampledValue": [{"value": "1500"}]}


def call(action: str, payload: Any, message_id: Any = "q") -> list[Any]:
    return [2, message_id, action, payload]


def status(**changes: Any) -> list[Any]:
    return call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available", **changes})


@dataclass(frozen=True)
class Case:
    """A frame; what is answered (3: taken, 4: refused, None: nothing); what was mended, as far as it is told."""

    frame: Any
    answer: int | None = 3
    repair: Repair | None = None
    code: str = ""


TRUNCATED = '[2,"q","MeterValues",{"connectorId":1,"meterValue":[{"timest'
CASES: dict[str, Case] = {
    "q039 truncated": Case(TRUNCATED, 4, code="FormationViolation"),
    "q039 truncated in its head": Case('[2,"q', None),
    "q040 comma in front": Case(',[2,"q","Heartbeat",{}]', 3, Repair.STRAY_COMMA),
    "q041 property without a value": Case(
        '[2,"q","MeterValues",{"connectorId":1,"transactionId":,"meterValue":[]}]', 3, Repair.VALUE_LEFT_OUT
    ),
    "q042 object where a list belongs": Case(
        call("MeterValues", {"connectorId": 1, "meterValue": VALUE}), 3, Repair.OBJECT_AS_LIST
    ),
    "q043 no sampled value": Case(
        call("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": AT, "sampledValue": []}]}),
        3,
        Repair.LIST_EMPTY,
    ),
    "q044 number where a text belongs": Case(
        call("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": AT, "sampledValue": [{"value": 7}]}]}),
        3,
        Repair.NUMBER_AS_TEXT,
    ),
    "q045 payload null": Case(call("Heartbeat", None), 3, Repair.PAYLOAD_LEFT_OUT),
    "q045 payload empty text": Case(call("Heartbeat", ""), 3, Repair.PAYLOAD_LEFT_OUT),
    "q045 payload missing": Case([2, "q", "Heartbeat"], 3, Repair.PAYLOAD_LEFT_OUT),
    "q045 empty frame": Case("", None),
    "q046 empty message id": Case(call("Heartbeat", {}, ""), 3, Repair.MESSAGE_ID_NOT_TEXT),
    "q046 long message id": Case(call("Heartbeat", {}, "x" * 60), 3, Repair.MESSAGE_ID_NOT_TEXT),
    "q046 number as message id": Case(call("Heartbeat", {}, 7), 3, Repair.MESSAGE_ID_NOT_TEXT),
    "q047 on many lines": Case(json.dumps(call("Heartbeat", {}), indent=4)),
    "q049 properties in another case": Case(
        call("StatusNotification", {"connectorid": 1, "errorcode": "NoError", "STATUS": "Available"}),
        3,
        Repair.LETTER_CASE,
    ),
    "q051 context nobody knows": Case(
        call(
            "MeterValues",
            {
                "connectorId": 1,
                "meterValue": [{**VALUE, "sampledValue": [{"value": "1", "context": "Sample.Whenever"}]}],
            },
        ),
        3,
        Repair.UNKNOWN_WORD,
    ),
    "q052 error code Error": Case(status(errorCode="Error"), 3, Repair.UNKNOWN_ERROR_CODE),
    "q053 status of 1.5": Case(status(status="Occupied"), 3, Repair.OLD_STATUS),
    "q055 connector of a card": Case(call("Authorize", {"idTag": "A1", "connectorId": 1}), 3, Repair.UNKNOWN_PROPERTY),
    "q056 object as data": Case(call("DataTransfer", {"vendorId": "v", "data": {"a": [1]}}), 3, Repair.OBJECT_AS_TEXT),
    "q057 long vendor fields": Case(status(vendorId="v" * 400, info="i" * 200), 3, Repair.TEXT_TOO_LONG),
    "q057 the word null": Case(
        call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M", "iccid": "null"}),
        3,
        Repair.NULL_WORD,
    ),
    "q058 message type 1": Case([1, "q", "Heartbeat", {}], None),
    "q059 unknown property": Case(status(mood="good"), 3, Repair.UNKNOWN_PROPERTY),
    "q059 no UTF-8": Case(b'[2,"q","Authorize",{"idTag":"\xff\xfe1"}]', 3, Repair.NOT_UTF8),
    "q059 byte order mark": Case('\ufeff[2,"q","Heartbeat",{}]', 3, Repair.BYTE_ORDER_MARK),
    "q060 unknown action": Case(call("SelfDestruct", {}), 4, code="NotImplemented"),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_frame(quirky: Quirky, case: str) -> None:
    """Behind each a Heartbeat is answered: the socket lives."""
    told = CASES[case]
    await quirky.connect()
    heard = await answers(quirky.socket, told.frame)
    assert [answer[0] for answer in heard] == ([] if told.answer is None else [told.answer]), heard
    if told.code:
        assert heard[0][2] == told.code
    if told.repair is not None:
        await quirky.mended(told.repair)


async def test_q043_of_201_a_meter_value_without_samples(quirky_2: Quirky) -> None:
    await quirky_2.connect()
    await quirky_2.call("MeterValues", {"evseId": 1, "meterValue": [{"timestamp": AT, "sampledValue": []}]})
    await quirky_2.mended(Repair.LIST_EMPTY)


async def test_q046_message_ids_come_again(quirky: Quirky) -> None:
    """An id is a hint and no key: two starts under one id are two sessions."""
    await quirky.connect()
    for wh in (1000, 2000):
        payload = {"connectorId": 1, "idTag": quirky.card, "meterStart": wh, "timestamp": AT}
        await quirky.call("StartTransaction", payload, "same")
    assert len(await quirky.sessions()) == 2


CONFIGURATION: list[Payload] = [
    {"key": "HeartbeatInterval", "readonly": "false", "value": 300},
    {"key": "NumberOfConnectors", "readonly": "true", "value": 2},
    {"key": "AllowOffline", "readonly": 0, "value": True},
    {"key": "getconfigurationmaxkeys", "readonly": 1, "value": "4"},
    {"key": "NothingIn", "readonly": True},
]


async def test_q048_q049_q050_configuration_as_it_comes(quirky: Quirky) -> None:
    """Numbers and truths as values, texts and numbers as truth, keys in lower case, no value at all."""
    await quirky.connect()
    await quirky.rest()
    command = await quirky.outcome(GetVariables(), {"configurationKey": CONFIGURATION})
    assert command.status == "accepted"
    rows = {row.name: row async for row in Variable.objects.filter(station__identity=quirky.identity)}
    assert {name: row.value for name, row in rows.items()} == {
        "HeartbeatInterval": "300",
        "NumberOfConnectors": "2",
        "AllowOffline": "true",
        "getconfigurationmaxkeys": "4",
        "NothingIn": "",
    }
    assert rows["NumberOfConnectors"].mutability == Mutability.READ_ONLY
    assert rows["AllowOffline"].mutability == Mutability.READ_WRITE
    asked = await quirky.ask(GetVariables(tuple(VariableName(f"K{number}") for number in range(6))))
    sizes = []
    for _ in range(2):
        question = await quirky.socket.command()
        sizes.append(len(question[3]["key"]))
        await quirky.socket.send([3, question[1], {}])
    assert sizes == [4, 2]
    await quirky.finished(asked)


async def test_q051_units_that_are_not_in_the_list(quirky: Quirky) -> None:
    """Hz of a frequency and Celcius are what they say; contexts nobody knows do not lose the value."""
    await quirky.connect()
    await quirky.read(
        None,
        {"value": "50.02", "measurand": "Frequency", "unit": "Hz"},
        {"value": "31", "measurand": "Temperature", "unit": "Celcius"},
    )
    assert sorted([row.value async for row in quirky.readings()]) == [31, 50.02]


async def test_q054_finishing_and_an_error_code(quirky: Quirky) -> None:
    await quirky.connect()
    await quirky.status("Finishing", errorCode="EVCommunicationError")
    connector = await Connector.objects.aget(evse__station__identity=quirky.identity)
    assert (connector.status, connector.error_code) == ("finishing", "EVCommunicationError")


async def test_q057_nulls_and_long_texts_in_a_boot(quirky: Quirky) -> None:
    await quirky.connect(boots=False)
    await quirky.boot(firmwareVersion="null", iccid="(null)", chargePointSerialNumber="s" * 200)
    row = await quirky.row()
    assert (row.firmware_version, row.iccid, row.serial_number) == ("", "", "s" * 25)


def local(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(BERLIN)).strftime("%Y-%m-%dT%H:%M:%S")


PAST = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
OFFSET = PAST.astimezone(ZoneInfo(BERLIN)).strftime("%z")[:3]
# What is written; what is meant (None: nothing that can be, so the time of arrival counts); what was mended.
TIMES: dict[str, tuple[Any, datetime | None, Repair | None]] = {
    "q061 no zone": (local(PAST), PAST, Repair.TIME_WITHOUT_ZONE),
    "q062 offset without minutes": (local(PAST) + OFFSET, PAST, None),
    "q064 a day that does not exist": ("2026-02-29T10:00:00Z", None, Repair.TIME_UNREADABLE),
    "q065 1970": ("1970-01-01T00:00:07Z", None, None),
    "q066 missing": (DROP, None, Repair.TIME_MISSING),
    "q066 empty": ("", None, Repair.TIME_MISSING),
    "q068 hours ahead": ((datetime.now(UTC) + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%SZ"), None, None),
    "q069 nine digits": (PAST.strftime("%Y-%m-%dT%H:%M:%S.123456789Z"), PAST, None),
}


@pytest.mark.parametrize("case", TIMES)
async def test_a_time(quirky: Quirky, case: str) -> None:
    written, meant, repair = TIMES[case]
    await quirky.connect()
    before = datetime.now(UTC)
    await quirky.start(1000, written)
    session = await quirky.session()
    if meant is None:
        assert before <= session.started_at <= datetime.now(UTC)
    else:
        assert session.started_at.replace(microsecond=0) == meant
    if repair is not None:
        await quirky.mended(repair)
    is_skewed = case in {"q065 1970", "q068 hours ahead"}
    assert await quirky.anomalies() == (["clock_skew"] if is_skewed else [])


async def test_q063_local_time_called_utc(quirky: Quirky) -> None:
    """It cannot be seen in the frame: a vendor profile tells."""
    await quirky.knows(Trait.LOCAL_TIME)
    await quirky.connect()
    transaction_id = await quirky.start(1000, local(PAST) + "Z")
    await quirky.read(transaction_id, sampled_wh(1200), at=None)
    assert (await quirky.session()).started_at == PAST
    await quirky.mended(Repair.TIME_OF_SITE)


async def test_q067_the_same_time_on_all_samples(quirky: Quirky) -> None:
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    for wh in (1100, 1200, 1300):
        await quirky.read(transaction_id, wh, at=minute(5))
    await quirky.stop(transaction_id, 1300, minute(5))
    assert (await quirky.session()).energy_wh == 300
    assert await quirky.readings().acount() == 3


async def test_q069_our_own_times_end_in_z(quirky: Quirky) -> None:
    await quirky.connect()
    answer = await quirky.call("Heartbeat", {})
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["currentTime"])


async def test_q053_the_statuses_of_15_are_kept_in_our_words(quirky: Quirky) -> None:
    await quirky.connect()
    await quirky.status("Occupied")
    open_ones = StatusInterval.objects.filter(connector__evse__station__identity=quirky.identity, ended_at=None)
    assert [row.status async for row in open_ones] == ["preparing"]
