"""Quirks 117 to 150: smart charging, firmware, lists and OCPP 2.x of real chargers."""

from typing import Any

import pytest

from stations.commands import (
    GetBaseReport,
    GetVariables,
    RawCall,
    Trigger,
    TriggerMessage,
    VariableName,
)
from stations.models import Command, Connector, RejectedConnection, Variable
from stations.problems import InvalidRequest
from stations.repairs import Repair
from stations.states import CommandStatus
from stations.traits import Trait
from tests.conftest import SECRET
from tests.gateway.knocking import basic, knock
from tests.usecases.quirks import Quirky, event, minute
from tests.usecases.telling import Payload

NOT_SUPPORTED, ACCEPTED, REJECTED = CommandStatus.NOT_SUPPORTED, CommandStatus.ACCEPTED, CommandStatus.REJECTED


def profile(*, unit: str = "W", limit: float = 5000, connector: int = 1, **changes: Any) -> RawCall:
    schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
    told: Payload = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
        **changes,
    }
    return RawCall("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": told})


# What is known of the model; what is not sent because of it; what is.
LIMITS: dict[str, tuple[Trait, RawCall, RawCall]] = {
    "q117 stack level 0 only": (Trait.STACK_LEVEL_0, profile(stackLevel=1), profile()),
    "q118 watts only": (Trait.WATTS_ONLY, profile(unit="A", limit=16), profile()),
    "q119 amperes only": (Trait.AMPERES_ONLY, profile(), profile(unit="A", limit=16)),
    "q120 accepted and ignored": (
        Trait.STATION_LIMIT_IGNORED,
        profile(connector=0, chargingProfilePurpose="ChargePointMaxProfile"),
        profile(),
    ),
    "q122 relative only": (Trait.RELATIVE_ONLY, profile(chargingProfileKind="Absolute"), profile()),
    "q123 no connector 0": (Trait.NO_CONNECTOR_0, profile(connector=0), profile()),
    "q127 zero is no limit": (Trait.ZERO_IS_NO_LIMIT, profile(limit=0), profile(unit="A", limit=6)),
}


@pytest.mark.parametrize("case", LIMITS)
async def test_limits_that_would_be_ignored_are_not_sent(quirky: Quirky, case: str) -> None:
    trait, useless, useful = LIMITS[case]
    await quirky.knows(trait)
    await quirky.connect()
    await quirky.rest()
    refused = await quirky.finished(await quirky.ask(useless))
    assert (refused.status, refused.detail.startswith("Known of this model: ")) == (NOT_SUPPORTED, True)
    assert (await quirky.outcome(useful, {"status": "Accepted"})).status == ACCEPTED


async def test_q120_q121_refusals_are_shown_with_their_words(quirky: Quirky) -> None:
    await quirky.connect()
    await quirky.rest()
    rejected = await quirky.outcome(profile(), {"status": "Rejected"})
    assert (rejected.status, rejected.detail) == (REJECTED, "The station answered Rejected.")
    error = ["GenericError", "Load balancer is disabled", {}]
    refused = await quirky.outcome(profile(), error, is_error=True)
    assert (refused.status, refused.detail) == (REJECTED, "GenericError: Load balancer is disabled")


async def test_q124_one_decimal_at_most(quirky: Quirky) -> None:
    await quirky.connect()
    with pytest.raises(InvalidRequest, match="one decimal"):
        await quirky.ask(profile(unit="A", limit=6.55))


async def test_q125_keys_of_the_vendor_in_their_own_units(quirky: Quirky) -> None:
    """Kept as they are told: nothing of ours reads dA or mA for A."""
    await quirky.connect()
    await quirky.rest()
    keys = [{"key": "MaxCurrent_dA", "readonly": False, "value": "160"}]
    await quirky.outcome(GetVariables(), {"configurationKey": keys})
    row = await Variable.objects.aget(station__identity=quirky.identity, name="MaxCurrent_dA")
    assert (row.value, row.unit) == ("160", "")


async def test_q126_a_start_in_the_past_is_refused(quirky: Quirky) -> None:
    """By the station: its words are shown. A profile of ours need not have one."""
    await quirky.connect()
    await quirky.rest()
    schedule = {
        "startSchedule": "2020-01-01T00:00:00Z",
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 5000}],
    }
    wanted = profile(chargingProfileKind="Absolute", chargingSchedule=schedule)
    error = ["PropertyConstraintViolation", "startSchedule is over", {}]
    assert "startSchedule is over" in (await quirky.outcome(wanted, error, is_error=True)).detail


@pytest.mark.parametrize("answer", [{"status": "Accepted"}, {"status": "Accepted", "chargingSchedule": None}])
async def test_q128_an_empty_composite_schedule(quirky: Quirky, answer: Payload) -> None:
    await quirky.connect()
    await quirky.rest()
    wanted = RawCall("GetCompositeSchedule", {"connectorId": 1, "duration": 60})
    assert (await quirky.outcome(wanted, answer)).status == ACCEPTED


async def test_q129_q130_what_a_station_does_not_list_is_asked_all_the_same(quirky: Quirky) -> None:
    """No ChargingScheduleAllowedChargingRateUnit, profiles with blanks, RemoteTrigger left out."""
    await quirky.connect()
    await quirky.rest()
    keys = [{"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core, SmartCharging ,Reservation"}]
    await quirky.outcome(GetVariables(), {"configurationKey": keys})
    for wanted in (TriggerMessage(Trigger.HEARTBEAT), profile()):
        assert (await quirky.outcome(wanted, {"status": "Accepted"})).status == ACCEPTED


@pytest.mark.parametrize("answer", [{"status": "NotSupported"}, "NotSupported", "NotImplemented"])
async def test_q139_not_supported(quirky: Quirky, answer: Any) -> None:
    """As a status and as an error: the command says so, and is no failure of the connection."""
    await quirky.connect()
    await quirky.rest()
    wanted = RawCall("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": []})
    is_error = isinstance(answer, str)
    command = await quirky.outcome(wanted, [answer, "", {}] if is_error else answer, is_error=is_error)
    assert command.status == NOT_SUPPORTED


def status(**changes: Any) -> Payload:
    payload = {"timestamp": "2026-11-22T12:00:00Z", "evseId": 1, "connectorId": 1, "connectorStatus": "Faulted"}
    return payload | changes


async def test_q140_the_status_of_evse_0(quirky_2: Quirky) -> None:
    """It is the station's own."""
    await quirky_2.connect()
    await quirky_2.call("StatusNotification", status(evseId=0, connectorId=0))
    row = await quirky_2.row()
    assert (row.status, await row.evses.acount()) == ("faulted", 0)


async def test_q141_an_evse_without_its_connector(quirky_2: Quirky) -> None:
    await quirky_2.connect()
    payload = status()
    del payload["connectorId"]
    await quirky_2.call("StatusNotification", payload)
    await quirky_2.call("TransactionEvent", event("Started", "t141", 0, 1000, minute(0), evse={"id": 1}))
    assert (await Connector.objects.aget(evse__station__identity=quirky_2.identity)).number == 1
    assert (await quirky_2.session()).evse_number == 1
    await quirky_2.mended(Repair.CONNECTOR_MISSING)


@pytest.mark.parametrize(
    ("places", "odd"),
    [([0, 1, 4], ["sequence_gap"]), ([7, 0, 1], ["sequence_gap"]), ([0, 0, 0], []), ([5, 6, 7], [])],
    ids=["gap", "reset", "always 0", "goes on"],
)
async def test_q142_sequence_numbers(quirky_2: Quirky, places: list[int], odd: list[str]) -> None:
    """The session is right whatever they are; what is missing is shown."""
    await quirky_2.connect()
    for kind, place, wh, at in zip(("Started", "Updated", "Ended"), places, (1000, 1300, 1500), (0, 5, 9), strict=True):
        await quirky_2.call("TransactionEvent", event(kind, "t142", place, wh, minute(at), evse={"id": 1}))
    session = await quirky_2.session()
    assert (session.is_ongoing, session.energy_wh, await quirky_2.anomalies()) == (False, 500, odd)


def report(number: int, **changes: Any) -> Payload:
    variable = {
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": f"V{number}"},
        "variableAttribute": [{"value": str(number)}],
    }
    payload = {"requestId": 1, "generatedAt": "2026-11-22T12:00:00Z", "seqNo": number, "tbc": True}
    return payload | {"reportData": [variable]} | changes


async def test_q143_q144_q145_a_report_that_never_ends(quirky_2: Quirky) -> None:
    """Each part is kept as it comes; nothing waits for the last. Lists, limits and types may be missing."""
    await quirky_2.connect()
    await quirky_2.rest()
    assert (await quirky_2.outcome(GetBaseReport(), {"status": "Accepted"})).status == ACCEPTED
    for number in range(3):
        await quirky_2.call("NotifyReport", report(number, requestId=2**40))
    await quirky_2.call("NotifyReport", report(3, reportData=[], tbc=False))
    rows = Variable.objects.filter(station__identity=quirky_2.identity)
    assert sorted([row.value async for row in rows]) == ["0", "1", "2"]
    asked = GetVariables((VariableName("HeartbeatInterval", "OCPPCommCtrlr"),))
    item = {
        "attributeStatus": "Accepted",
        "attributeValue": "60",
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "HeartbeatInterval"},
    }
    assert (await quirky_2.outcome(asked, {"getVariableResult": [item]})).status == ACCEPTED


async def test_q146_thousands_of_entries_in_tiny_parts(quirky_2: Quirky) -> None:
    """Sent one after the other without waiting: all are kept."""
    await quirky_2.connect()
    for number in range(200):
        await quirky_2.socket.send([2, f"part-{number}", "NotifyReport", report(number)])
    heard = [await quirky_2.socket.receive() for _ in range(200)]
    assert {frame[0] for frame in heard} == {3}
    assert await Variable.objects.filter(station__identity=quirky_2.identity).acount() == 200


async def test_q147_null_in_custom_data(quirky_2: Quirky) -> None:
    await quirky_2.connect()
    await quirky_2.call("StatusNotification", status(customData=None))
    await quirky_2.call("StatusNotification", status(customData={"vendorId": None}))
    await quirky_2.mended(Repair.CUSTOM_DATA_INVALID)


async def test_q148_ended_before_updated(quirky_2: Quirky) -> None:
    """What comes late joins; a start that was lost is shown as such."""
    await quirky_2.connect()
    await quirky_2.call("TransactionEvent", event("Ended", "t148", 2, 1500, minute(9), evse={"id": 1}))
    await quirky_2.call("TransactionEvent", event("Updated", "t148", 1, 1200, minute(5), evse={"id": 1}))
    session = await quirky_2.session()
    assert (session.is_ongoing, session.energy_wh) == (False, 300)
    assert await quirky_2.anomalies() == ["missing_start"]
    await quirky_2.call("TransactionEvent", event("Started", "t148", 0, 1000, minute(0), evse={"id": 1}))
    assert ((await quirky_2.session()).energy_wh, await quirky_2.anomalies()) == (500, [])


async def test_q149_the_first_contact_of_a_station(quirky: Quirky) -> None:
    """It waits in the inbox, ready to be adopted."""
    answer = await knock(
        quirky.place.gateway.port, f"/ocpp/{quirky.identity}", authorization=basic(quirky.identity, SECRET)
    )
    quirky.knocks.append(answer)
    assert answer.status == 404
    refusal = await RejectedConnection.objects.aget(identity=quirky.identity)
    assert (refusal.cause, refusal.organization_id) == ("unknown_identity", quirky.place.site.organization_id)


async def test_q150_unified_error_codes(quirky: Quirky) -> None:
    """A name of CharIN's list in the vendor's fields is shown in words."""
    await quirky.connect()
    await quirky.status(
        "Faulted", errorCode="OtherError", vendorId="org.charin.uec.v1", vendorErrorCode="EVSEContactorFault"
    )
    connector = await Connector.objects.aget(evse__station__identity=quirky.identity)
    assert connector.fault == "EVSE contactor fault"


async def test_q133_asked_for_its_logs_it_reboots(quirky: Quirky) -> None:
    """The command is lost and never sent again; the session goes on."""
    await quirky.connect()
    await quirky.rest()
    transaction_id = await quirky.start(1000, minute(0))
    command = await quirky.ask(RawCall("GetDiagnostics", {"location": "ftp://files.example/"}))
    await quirky.socket.command()
    await quirky.socket.connection.close()
    assert (await quirky.finished(command)).status == CommandStatus.LOST
    await quirky.connect()
    await quirky.stop(transaction_id, 1500, minute(20))
    assert quirky.socket.commands == []
    assert ((await quirky.session()).energy_wh, await quirky.anomalies()) == (500, [])


async def test_q134_a_file_name_that_is_empty(quirky: Quirky) -> None:
    """Accepted, and nothing will come: the answer is kept as it is."""
    await quirky.connect()
    await quirky.rest()
    command = await quirky.outcome(RawCall("GetDiagnostics", {"location": "ftp://files.example/"}), {"fileName": ""})
    assert command.status == ACCEPTED
    row = await Command.objects.aget(pk=command.pk)
    assert row.response == {"fileName": ""}
