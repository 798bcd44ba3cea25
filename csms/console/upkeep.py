"""What a station told of its firmware and certificates, what was asked of it about them, and what can be asked."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from accounts.console.tenants import user_of
from csms.console.access import COMMAND
from firmware.models import FirmwareProgress, FirmwareUpdate
from firmware.states import FirmwareStatus
from gateway.versions import actions_of_ours
from stations.models import ChargingStation, Command, Direction, Frame, Variable
from stations.models.variable import AttributeType
from stations.states import CommandStatus, OcppVersion

# OCPP 1.6 §5.19 and its security extension, OCPP 2.x L, M, A02 to A04.
FIRMWARE = ("UpdateFirmware", "SignedUpdateFirmware", "PublishFirmware", "UnpublishFirmware")
# Those of them without a form of their own.
BY_RAW_CALL = ("PublishFirmware", "UnpublishFirmware")
ASK_CERTIFICATES = "GetInstalledCertificateIds"
CHANGE_CERTIFICATES = ("InstallCertificate", "DeleteCertificate", "CertificateSigned")
READ, SHOWN = 200, 6
CALL = 2


@dataclass(frozen=True)
class Version:
    """A firmware version and the boots in a row that told it, as far as the messages are kept."""

    name: str
    since: datetime
    until: datetime
    boots: int


@dataclass(frozen=True)
class Certificate:
    kind: str
    serial_number: str
    algorithm: str
    is_below: bool
    """Of the chain of the one before it."""


@dataclass(frozen=True)
class Answer:
    """What the station has of the kinds it was asked for."""

    asked: str
    at: datetime
    certificates: list[Certificate]


def upkeep(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    calls = list(Command.objects.filter(station=station, kind="RawCall").select_related("requested_by")[:READ])
    may = user_of(request).has_perm(COMMAND, station)
    offered = actions_of_ours(OcppVersion(station.ocpp_version)) if may and station.ocpp_version else frozenset()
    answers = list(_answers(calls))
    changed_at = [call.finished_at for call in calls if call.title in CHANGE_CERTIFICATES and _was_accepted(call)]
    return {
        "station": station,
        "zone": station.time_zone,
        "versions": _versions(station),
        "parts": _firmware_of_parts(station),
        "updates": _updates(station),
        "unasked": FirmwareProgress.objects.filter(station=station, update=None)
        .exclude(status=FirmwareStatus.IDLE)
        .order_by("-pk")[:3],
        "may_command": may,
        "firmware_calls": [call for call in calls if call.title in FIRMWARE][:SHOWN],
        "firmware_actions": [action for action in BY_RAW_CALL if action in offered],
        "answers": answers,
        "is_outdated": any(at and answer.at < at for at in changed_at for answer in answers),
        "certificate_calls": [call for call in calls if call.title in CHANGE_CERTIFICATES][:SHOWN],
        "certificate_actions": [action for action in (ASK_CERTIFICATES, *CHANGE_CERTIFICATES) if action in offered],
    }


def _was_accepted(call: Command) -> bool:
    return call.status == CommandStatus.ACCEPTED


def _told(station: ChargingStation, actions: Iterable[str], count: int) -> list[tuple[datetime, Mapping[str, Any]]]:
    """Payloads of the station's own calls, the newest first."""
    frames = Frame.objects.filter(
        station=station, action__in=actions, direction=Direction.IN, message_type=CALL
    ).order_by("-at", "-pk")[:count]
    return [(frame.at, frame.payload) for frame in frames if isinstance(frame.payload, dict)]


def _versions(station: ChargingStation) -> list[Version]:
    found: list[Version] = []
    for at, payload in _told(station, ["BootNotification"], READ):
        described = payload.get("chargingStation", payload)
        name = str(described.get("firmwareVersion", "")) if isinstance(described, dict) else ""
        if found and found[-1].name == name:
            found[-1] = Version(name, at, found[-1].until, found[-1].boots + 1)
        else:
            found.append(Version(name, at, at, 1))
    return found[:SHOWN]


def _firmware_of_parts(station: ChargingStation) -> list[Variable]:
    """OCPP 2.x: a modem, a meter or a controller may have a firmware of its own."""
    rows = Variable.objects.filter(station=station, name__iexact="FirmwareVersion", attribute=AttributeType.ACTUAL)
    return list(rows.exclude(value="").exclude(component__iexact="ChargingStation")[:SHOWN])


def _updates(station: ChargingStation) -> list[FirmwareUpdate]:
    rows = FirmwareUpdate.objects.filter(station=station).select_related("firmware", "command", "requested_by")
    return list(rows.prefetch_related("progress")[:SHOWN])


def _answers(calls: Iterable[Command]) -> Iterator[Answer]:
    """The newest answer to each question; the question names kinds, or none for all."""
    seen = set()
    for call in calls:
        asked = _kinds(call.arguments.get("payload"))
        if call.title != ASK_CERTIFICATES or asked in seen or not isinstance(call.response, dict):
            continue
        seen.add(asked)
        yield Answer(asked, call.finished_at or call.requested_at, list(_certificates(call.response, asked)))


def _kinds(payload: Any) -> str:
    """1.6 asks for one kind, 2.x for some."""
    wanted = payload.get("certificateType") if isinstance(payload, dict) else None
    return ", ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted or "")


def _certificates(response: Mapping[str, Any], asked: str) -> Iterator[Certificate]:
    for entry in response.get("certificateHashData") or ():
        yield _certificate(entry, asked)
    for chain in response.get("certificateHashDataChain") or ():
        kind = str(chain.get("certificateType", ""))
        yield _certificate(chain.get("certificateHashData") or {}, kind)
        for entry in chain.get("childCertificateHashData") or ():
            yield _certificate(entry, kind, is_below=True)


def _certificate(entry: Mapping[str, Any], kind: str, *, is_below: bool = False) -> Certificate:
    return Certificate(kind, str(entry.get("serialNumber", "")), str(entry.get("hashAlgorithm", "")), is_below)
