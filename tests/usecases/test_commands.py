"""Every command on every version: accepted, refused, in error, not supported. OCPP 1.6 §5, OCPP 2.0.1 B, C, F, G, P."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.encryption import encrypt
from charging.commands import CancelReservation, RemoteStart, RemoteStop, ReserveNow
from charging.profiles import Kind, Period, Profile, Purpose, RateUnit
from drivers.commands import GetLocalListVersion, ListedToken, SendLocalList
from firmware.commands import GetDiagnostics, GetLog, SignedUpdateFirmware, UpdateFirmware
from gateway.versions import ROUTES
from simulator import Charger
from smartcharging.commands import ClearChargingProfile, GetChargingProfiles, GetCompositeSchedule, SetChargingProfile
from stations.commands import (
    PASSWORD,
    REQUESTS,
    ChangeAvailability,
    ClearCache,
    DataTransfer,
    DeleteCertificate,
    ExtendedTriggerMessage,
    GetBaseReport,
    GetInstalledCertificates,
    GetVariables,
    InstallCertificate,
    RaiseSecurityProfile,
    RawCall,
    RequestCertificate,
    Reset,
    SendCertificate,
    SetPassword,
    SetVariables,
    Trigger,
    TriggerMessage,
    UnlockConnector,
    VariableName,
    VariableValue,
)
from stations.states import CertificateKind, CommandStatus, OcppVersion, SecurityProfile
from tests.conftest import VERSIONS, every_version
from tests.simulator.signing import signing_certificate
from tests.usecases.asking import always, at_rest, outcome_of, refusing
from tests.usecases.telling import Payload

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
CERTIFICATE = signing_certificate()[0]
ACCEPTED, REJECTED, NOT_SUPPORTED = CommandStatus.ACCEPTED, CommandStatus.REJECTED, CommandStatus.NOT_SUPPORTED
HEARTBEAT = {
    "1.6": VariableName("HeartbeatInterval"),
    "2.0.1": VariableName("HeartbeatInterval", component="OCPPCommCtrlr"),
    "2.1": VariableName("HeartbeatInterval", component="OCPPCommCtrlr"),
}

LIMIT = Profile(7, Purpose.TX_DEFAULT, Kind.RELATIVE, RateUnit.AMPERES, (Period(0, 16.0),), evse_number=1)


@dataclass(frozen=True)
class Case:
    """A request, what it is on the wire by version, and an answer that refuses it."""

    wanted: Any
    actions: dict[str, str]
    no: Payload | None = None
    yes: Payload = field(default_factory=lambda: {"status": "Accepted"})
    steps: dict[str, Payload] = field(default_factory=dict)
    """The answers to what follows in the same command."""


def same(action: str) -> dict[str, str]:
    return dict.fromkeys(VERSIONS, action)


def differs(action_16: str, action_2: str) -> dict[str, str]:
    return {"1.6": action_16, "2.0.1": action_2, "2.1": action_2}


# Only OCPP 2.x knows it.
REPORTED = Case(GetChargingProfiles(), same("GetChargingProfiles"))


def password_answer(version: str, status: str) -> Payload:
    variable = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    return {"status": status} if version == "1.6" else {"setVariableResult": [variable | {"attributeStatus": status}]}


def turn_answer() -> Payload:
    variable = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "NetworkConfigurationPriority"}}
    return {"setVariableResult": [variable | {"attributeStatus": "Accepted"}]}


def cases(version: str) -> dict[str, Case]:
    name = HEARTBEAT[version]
    item = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    no = {"status": "Rejected"}
    type_ = "" if version == "1.6" else "ISO14443"
    return {
        "Reset": Case(Reset(), same("Reset"), no),
        "UnlockConnector": Case(UnlockConnector(1), same("UnlockConnector"), {"status": "UnlockFailed"}),
        "ChangeAvailability": Case(ChangeAvailability(operative=True), same("ChangeAvailability"), no),
        "TriggerMessage": Case(TriggerMessage(Trigger.HEARTBEAT), same("TriggerMessage"), no),
        "ExtendedTriggerMessage": Case(
            ExtendedTriggerMessage(Trigger.HEARTBEAT), differs("ExtendedTriggerMessage", "TriggerMessage"), no
        ),
        "ClearCache": Case(ClearCache(), same("ClearCache"), no),
        "GetVariables": Case(
            GetVariables((name,)),
            differs("GetConfiguration", "GetVariables"),
            None if version == "1.6" else {"getVariableResult": [item | {"attributeStatus": "UnknownVariable"}]},
        ),
        "SetVariables": Case(
            SetVariables((VariableValue(name, "60"),)),
            differs("ChangeConfiguration", "SetVariables"),
            no if version == "1.6" else {"setVariableResult": [item | {"attributeStatus": "Rejected"}]},
        ),
        "GetBaseReport": Case(
            GetBaseReport(),
            differs("GetConfiguration", "GetBaseReport"),
            None if version == "1.6" else no,
        ),
        "DataTransfer": Case(DataTransfer("Voltaria", "echo", "hello"), same("DataTransfer"), no),
        "GetDiagnostics": Case(
            GetDiagnostics(7, "ftp://files.example/in/"),
            differs("GetDiagnostics", "GetLog"),
            None if version == "1.6" else no,
        ),
        "GetLog": Case(GetLog(7, "ftp://files.example/in/"), same("GetLog"), no),
        "UpdateFirmware": Case(
            UpdateFirmware(7, "ftp://files.example/fw.bin", NOON),
            same("UpdateFirmware"),
            None if version == "1.6" else no,
        ),
        "SignedUpdateFirmware": Case(
            SignedUpdateFirmware(7, "ftp://files.example/fw.bin", NOON, CERTIFICATE, "AA=="),
            differs("SignedUpdateFirmware", "UpdateFirmware"),
            {"status": "InvalidCertificate"},
        ),
        "SetPassword": Case(
            SetPassword(encrypt("0123456789abcdef0123456789abcdef01234567", purpose=PASSWORD)),
            differs("ChangeConfiguration", "SetVariables"),
            no=password_answer(version, "Rejected"),
            yes=password_answer(version, "Accepted"),
        ),
        "RequestCertificate": Case(RequestCertificate(), differs("ExtendedTriggerMessage", "TriggerMessage"), no),
        "SendCertificate": Case(SendCertificate(CERTIFICATE), same("CertificateSigned"), no),
        "InstallCertificate": Case(
            InstallCertificate(CertificateKind.SYSTEM_ROOT, CERTIFICATE),
            same("InstallCertificate"),
            {"status": "Failed"},
        ),
        "GetInstalledCertificates": Case(GetInstalledCertificates(), same("GetInstalledCertificateIds")),
        "DeleteCertificate": Case(
            DeleteCertificate("SHA256", "a", "b", "c"), same("DeleteCertificate"), {"status": "Failed"}
        ),
        "RaiseSecurityProfile": Case(
            RaiseSecurityProfile(SecurityProfile.TLS, "wss://csms.example/ocpp", 2, "2,1", "Wired0"),
            differs("ChangeConfiguration", "SetNetworkProfile"),
            no if version == "1.6" else None,
            steps={} if version == "1.6" else {"SetVariables": turn_answer(), "Reset": {"status": "Accepted"}},
        ),
        "RawCall": Case(
            RawCall("ClearCache"),
            same("ClearCache"),
        ),
        "RemoteStart": Case(
            RemoteStart("04A1B2C3D4E5F6", "ISO14443", 17, 1),
            differs("RemoteStartTransaction", "RequestStartTransaction"),
            no,
        ),
        "ReserveNow": Case(
            ReserveNow(21, "04A1B2C3D4E5F6", "ISO14443", datetime.now(UTC) + timedelta(hours=1), 1),
            same("ReserveNow"),
            {"status": "Occupied"},
        ),
        "CancelReservation": Case(CancelReservation(21), same("CancelReservation"), no),
        "GetLocalListVersion": Case(GetLocalListVersion(), same("GetLocalListVersion")),
        "SendLocalList": Case(
            SendLocalList(3, is_full=True, entries=(ListedToken("04A1B2C3D4E5F6", type_, "Accepted"),)),
            same("SendLocalList"),
            {"status": "Failed"},
        ),
        "SetChargingProfile": Case(SetChargingProfile(LIMIT), same("SetChargingProfile"), no),
        "ClearChargingProfile": Case(
            ClearChargingProfile(purpose=Purpose.TX_DEFAULT), same("ClearChargingProfile"), {"status": "Unknown"}
        ),
        "GetCompositeSchedule": Case(GetCompositeSchedule(1, 3600), same("GetCompositeSchedule"), no),
        **({} if version == "1.6" else {"GetChargingProfiles": REPORTED}),
        "RemoteStop": Case(RemoteStop("4711"), differs("RemoteStopTransaction", "RequestStopTransaction"), no),
    }


# The charger would refuse these, or come back with the new password, or with TLS.
ANSWERED_SO = frozenset(
    {
        *("RemoteStop", "CancelReservation", "ClearChargingProfile", "GetChargingProfiles"),
        *("SetPassword", "SendCertificate", "DeleteCertificate", "GetInstalledCertificates", "RaiseSecurityProfile"),
    }
)
ALL = [(version, kind) for version in VERSIONS for kind in cases(version)]
each = pytest.mark.parametrize(("version", "kind"), ALL, ids=lambda value: str(value))


@every_version
def test_every_request_has_a_case_here(version: str) -> None:
    """A new command is specified here first."""
    unknown = {"GetChargingProfiles"} if version == "1.6" else set()
    assert set(cases(version)) == set(REQUESTS) - unknown
    said = {case.actions[version] for kind, case in cases(version).items() if kind != "RawCall"}
    assert said == set(ROUTES[OcppVersion(version)].said.values())


@each
async def test_what_a_station_answers_is_the_outcome(station: Charger, version: str, kind: str) -> None:
    """TC_026_CSMS, TC_028_CSMS, TC_030_CSMS, TC_055_CSMS, TC_061_CSMS, TC_C_37_CSMS, TC_C_38_CSMS. Rule 10. Rule 20."""
    await at_rest(station)
    case = cases(version)[kind]
    action = case.actions[version]
    for code, status in (("InternalError", REJECTED), ("NotSupported", NOT_SUPPORTED)):
        await _is_refused(station, case, version, code, status)
    station.on(action, None)
    if kind in ANSWERED_SO:
        station.on(action, always(case.yes))
    for step, answer in case.steps.items():
        station.on(step, always(answer))
    done = await outcome_of(case.wanted)
    assert (done.status, done.action, done.error_code) == (ACCEPTED, action, "")
    if case.no is not None:
        await station.settle()
        station.on(action, always(case.no))
        done = await outcome_of(case.wanted)
        assert (done.status, done.response) == (REJECTED, case.no)
        assert done.detail.startswith("The station ")


@every_version
async def test_a_call_error_is_an_outcome_too(station: Charger, version: str) -> None:
    """Both spellings of the misspelt codes are understood. Rule 17."""
    await at_rest(station)
    for code, status in (
        ("NotImplemented", NOT_SUPPORTED),
        ("FormationViolation", REJECTED),
        ("FormatViolation", REJECTED),
        ("OccurrenceConstraintViolation", REJECTED),
        ("OccurenceConstraintViolation", REJECTED),
    ):
        await _is_refused(station, cases(version)["ClearCache"], version, code, status)


async def _is_refused(station: Charger, case: Case, version: str, code: str, status: CommandStatus) -> None:
    station.on(case.actions[version], refusing(code, "not today"))
    done = await outcome_of(case.wanted)
    assert (done.status, done.error_code, done.detail) == (status, code, f"{code}: not today")
