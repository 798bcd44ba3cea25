"""Answers to our own CALLs that are not as they should be: the command ends by what they tell, and nothing breaks."""

from typing import Any

from asgiref.sync import sync_to_async

from smartcharging.commands import GetCompositeSchedule
from smartcharging.models import CompositeSchedule
from stations.commands import GetInstalledCertificates, GetVariables, RawCall, Reset, VariableName, send
from stations.models import ChargingStation, Command, InstalledCertificate, Variable
from stations.models.variable import Mutability
from stations.states import CertificateKind, CommandStatus
from tests.conftest import every_version
from tests.gateway.conftest import OpenSocket
from tests.gateway.polling import eventually
from tests.gateway.socket import Socket

ACCEPTED, REJECTED, NOT_SUPPORTED = CommandStatus.ACCEPTED, CommandStatus.REJECTED, CommandStatus.NOT_SUPPORTED
OF_A_RESET: list[tuple[list[Any], CommandStatus]] = [
    ([3, "id", {"status": "Accepted"}], ACCEPTED),
    ([3, "id", {"status": "accepted", "note": None}], ACCEPTED),
    ([3, "id", {"status": "Rejected"}], REJECTED),
    ([3, "id", {"status": "Perhaps"}], REJECTED),
    ([3, "id", {}], REJECTED),
    ([3, "id"], REJECTED),
    ([3, "id", None], REJECTED),
    ([3, "id", []], REJECTED),
    ([3, "id", "Accepted"], REJECTED),
    ([3, "id", {"status": 7}], REJECTED),
    ([4, "id", "NotImplemented", "", {}], NOT_SUPPORTED),
    ([4, "id", "Strange\x00Code", "a\x00b", {"c": "\x00"}], REJECTED),
    ([4, "id"], REJECTED),
    ([4, "id", None, None, None], REJECTED),
    ([4, "id", [], {}, 5, 6, 7], REJECTED),
]
OF_GET_CONFIGURATION: list[tuple[Any, CommandStatus]] = [
    ({}, ACCEPTED),
    ({"configurationKey": []}, ACCEPTED),
    ({"configurationKey": None}, ACCEPTED),
    ({"configurationKey": [{"key": "Odd", "readonly": "true", "value": 5}]}, ACCEPTED),
    ({"configurationKey": [{"key": "Zero\x00Byte", "readonly": 0}]}, ACCEPTED),
    ({"configurationKey": [1, None]}, REJECTED),
    ({"configurationKey": [{"readonly": True}]}, REJECTED),
    ({"configurationKey": "all"}, REJECTED),
    ([], REJECTED),
]
PLACE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
OF_GET_VARIABLES: list[tuple[Any, CommandStatus]] = [
    ({"getVariableResult": [{**PLACE, "attributeStatus": "Accepted", "attributeValue": 300}]}, ACCEPTED),
    ({"getVariableResult": [{**PLACE, "attributeStatus": "UnknownVariable"}]}, REJECTED),
    ({"getVariableResult": [{**PLACE, "attributeStatus": "Accepted", "attributeType": "Odd"}]}, ACCEPTED),
    ({"getVariableResult": [{"attributeStatus": "Accepted"}]}, REJECTED),
    ({"getVariableResult": [None]}, REJECTED),
    ({"getVariableResult": 1}, REJECTED),
    ({}, REJECTED),
]


async def _outcome(socket: Socket, wanted: Any, answer: list[Any]) -> CommandStatus:
    station = await ChargingStation.objects.aget()
    command = await sync_to_async(send)(station, wanted)
    call = await socket.command()
    await socket.send([answer[0], call[1], *answer[2:]])

    async def finished() -> str:
        row = await Command.objects.aget(pk=command.pk)
        return "" if row.is_open else row.status

    return CommandStatus(await eventually(finished))


async def _booted(open_raw: OpenSocket, version: str) -> Socket:
    """With the first report asked for and answered."""
    socket = await open_raw(version)
    call = await socket.command()
    await socket.send([3, call[1], {} if version == "1.6" else {"status": "Accepted"}])
    return socket


async def test_answers_to_a_reset(open_raw: OpenSocket) -> None:
    """An empty answer is no acceptance."""
    socket = await _booted(open_raw, "1.6")
    for answer, expected in OF_A_RESET:
        assert await _outcome(socket, Reset(), answer) == expected, answer
    assert await socket.answers_before_heartbeat() == []


async def test_answers_to_get_configuration(open_raw: OpenSocket) -> None:
    """Quirks C48 to C50: numbers as values, texts as truth."""
    socket = await _booted(open_raw, "1.6")
    for payload, expected in OF_GET_CONFIGURATION:
        assert await _outcome(socket, GetVariables(), [3, "id", payload]) == expected, payload
    odd = await Variable.objects.aget(name="Odd")
    assert (odd.value, odd.mutability) == ("5", Mutability.READ_ONLY)
    assert await Variable.objects.filter(name="ZeroByte", mutability=Mutability.READ_WRITE).aexists()


async def test_answers_to_get_variables(open_raw: OpenSocket) -> None:
    socket = await _booted(open_raw, "2.0.1")
    wanted = GetVariables((VariableName("HeartbeatInterval", "OCPPCommCtrlr"),))
    for payload, expected in OF_GET_VARIABLES:
        assert await _outcome(socket, wanted, [3, "id", payload]) == expected, payload


ODD_SCHEDULES: list[dict[str, Any]] = [
    {"chargingRateUnit": "Bogus"},
    {"chargingRateUnit": "V" * 3000},
    {"duration": 2**31},
    {"duration": 2**70},
    {"duration": -1},
    {"chargingSchedulePeriod": [{"startPeriod": 2**63, "limit": 16}]},
    {"chargingSchedulePeriod": [{"startPeriod": -1, "limit": 16}]},
    {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 1e300}]},
    {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": -1e300}]},
    {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16, "numberPhases": 2**40}]},
]


@every_version
async def test_schedules_that_cannot_be(open_raw: OpenSocket, version: str) -> None:
    """They are in the wire log; nothing is drawn of them, and the command ends by its status."""
    socket = await _booted(open_raw, version)
    place = "connectorId" if version == "1.6" else "evseId"
    good = {"chargingRateUnit": "A", "duration": 60, "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]}
    if version != "1.6":
        good |= {"evseId": 1, "scheduleStart": "2026-11-22T12:00:00Z"}
    name = "chargingSchedule" if version == "1.6" else "schedule"
    for changed in ODD_SCHEDULES:
        answer = [3, "id", {"status": "Accepted", name: good | changed}]
        assert await _outcome(socket, GetCompositeSchedule(1, 60), answer) in (ACCEPTED, REJECTED), changed
        assert not await CompositeSchedule.objects.aexists(), changed
    assert (
        await _outcome(socket, GetCompositeSchedule(1, 60), [3, "id", {"status": "Accepted", name: good}]) == ACCEPTED
    )
    assert (await CompositeSchedule.objects.aget()).duration_s == 60
    far = RawCall("GetCompositeSchedule", {place: 2**31, "duration": 60})
    assert await _outcome(socket, far, [3, "id", {"status": "Accepted", name: good}]) == ACCEPTED
    assert await CompositeSchedule.objects.acount() == 1


@every_version
async def test_certificates_that_cannot_be(open_raw: OpenSocket, version: str) -> None:
    """Of a kind or with a hash that OCPP does not have; and a raw call that installs no certificate."""
    socket = await _booted(open_raw, version)
    hashes = {"issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "01", "hashAlgorithm": "B" * 60}
    odd: Any = {"certificateHashData": [hashes]}
    if version != "1.6":
        told = {"certificateHashData": hashes}
        kinds = ("CSMSRootCertificate", "Bogus", "")
        odd = {"certificateHashDataChain": [{"certificateType": kind, **told} for kind in kinds]}
    wanted = GetInstalledCertificates((CertificateKind.SYSTEM_ROOT,))
    assert await _outcome(socket, wanted, [3, "id", {"status": "Accepted", **odd}]) == ACCEPTED
    assert (await InstalledCertificate.objects.aget()).hash_algorithm == ""
    use = "CentralSystemRootCertificate" if version == "1.6" else "CSMSRootCertificate"
    raw = RawCall("InstallCertificate", {"certificateType": use, "certificate": "none"})
    assert await _outcome(socket, raw, [3, "id", {"status": "Accepted"}]) == ACCEPTED
    assert await InstalledCertificate.objects.acount() == 1


async def test_limits_that_are_no_numbers(open_raw: OpenSocket) -> None:
    """What a station says of its own limits never keeps it from being asked."""
    socket = await _booted(open_raw, "2.0.1")
    station = await ChargingStation.objects.aget()
    for instance, told in (("GetVariables", "\u00b2"), ("SetVariables", "9" * 2000), ("GetReport", "\u0663")):
        await Variable.objects.acreate(
            station=station,
            component="DeviceDataCtrlr",
            name="ItemsPerMessage",
            instance=instance,
            value=told,
            updated_at=station.created_at,
        )
    assert await _outcome(socket, Reset(), [3, "id", {"status": "Accepted"}]) == ACCEPTED


async def test_an_answer_to_something_else_and_one_given_twice(open_raw: OpenSocket) -> None:
    """Standards §7.1 rule 12: only the first answer to the very message counts."""
    socket = await _booted(open_raw, "1.6")
    command = await sync_to_async(send)(await ChargingStation.objects.aget(), Reset())
    call = await socket.command()
    assert await socket.ask([3, "another", {"status": "Rejected"}]) == []
    assert (await Command.objects.aget(pk=command.pk)).status == CommandStatus.SENT
    await socket.send([3, call[1], {"status": "Accepted"}])
    await socket.send([3, call[1], {"status": "Rejected"}])
    await socket.send([4, call[1], "InternalError", "", {}])
    assert await socket.answers_before_heartbeat() == []

    async def accepted() -> bool:
        return (await Command.objects.aget(pk=command.pk)).status == CommandStatus.ACCEPTED

    assert await eventually(accepted)
