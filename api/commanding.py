"""What a program asks of a station: understood, checked, queued."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from django.db import transaction
from rest_framework.exceptions import ValidationError

from accounts.audit import record
from api.principals import Principal, person_of, trace_of
from api.refusals import Conflict, Unprocessable
from charging.commands import RemoteStart, RemoteStop
from charging.models import Session
from charging.services import remote_start, remote_stop
from drivers.models import IdToken
from firmware.commands import GetDiagnostics, GetLog, SignedUpdateFirmware, UpdateFirmware
from firmware.errors import FirmwareError
from firmware.models import FileLocation, Firmware, FirmwareUpdate, LogRequest
from firmware.services import request_log, request_update
from firmware.states import LogKind
from stations.commands import REQUESTS, RawCall, send
from stations.models import ChargingStation, Command
from stations.problems import InvalidRequest, written

Asking = Callable[[ChargingStation, dict[str, Any], Principal], Command]


def _remote_start(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"token": 9, "evse_number": 1}``: the token by its id, because its value is nobody's to pass around."""
    told = _converted(RemoteStartArguments, arguments)
    token = IdToken.objects.visible_to(principal).filter(pk=told.token, organization=station.organization_id).first()
    if token is None:
        raise ValidationError({"arguments": {"token": "There is no such token."}})
    return remote_start(station=station, evse_number=told.evse_number, token=token, by=person_of(principal))


def _remote_stop(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"session": 70012}``."""
    told = _converted(RemoteStopArguments, arguments)
    session = Session.objects.select_related("station").filter(station=station, pk=told.session).first()
    if session is None:
        raise ValidationError({"arguments": {"session": "There is no such session at this station."}})
    return remote_stop(session=session, by=person_of(principal))


class RemoteStartArguments(msgspec.Struct, forbid_unknown_fields=True):
    token: int
    evse_number: int | None = None


class RemoteStopArguments(msgspec.Struct, forbid_unknown_fields=True):
    session: int


class LogArguments(msgspec.Struct, forbid_unknown_fields=True):
    kind: LogKind = LogKind.DIAGNOSTICS
    location: int | None = None
    oldest_at: datetime | None = None
    latest_at: datetime | None = None
    retries: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    retry_interval_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] | None = None


def _get_log(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"kind": "security", "location": 3}``: to a file location by its id; without one, to this server."""
    told = _converted(LogArguments, arguments)
    places = FileLocation.objects.visible_to(principal).filter(organization=station.organization_id)
    place = places.filter(pk=told.location).first() if told.location is not None else None
    if told.location is not None and place is None:
        raise ValidationError({"arguments": {"location": "There is no such file location."}})
    wanted = msgspec.structs.asdict(told) | {"location": place}
    try:
        log = request_log(station=station, by=person_of(principal), **wanted)
    except FirmwareError as refusal:
        raise Conflict(str(refusal)) from refusal
    return _command_of(log)


class UpdateArguments(msgspec.Struct, forbid_unknown_fields=True):
    firmware: int
    retrieve_at: datetime | None = None
    install_at: datetime | None = None
    retries: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    retry_interval_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] | None = None


def _update_firmware(signed: bool) -> Asking:
    """``{"firmware": 12}``: one that was uploaded in the console, by its id."""

    def ask(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
        told = _converted(UpdateArguments, arguments)
        rows = Firmware.objects.visible_to(principal).filter(organization=station.organization_id)
        firmware = rows.filter(pk=told.firmware).first()
        if firmware is None:
            raise ValidationError({"arguments": {"firmware": "There is no such firmware."}})
        wanted = msgspec.structs.asdict(told) | {"firmware": firmware}
        try:
            update = request_update(station=station, by=person_of(principal), is_signed=signed, **wanted)
        except FirmwareError as refusal:
            raise Conflict(str(refusal)) from refusal
        return _command_of(update)

    return ask


def _command_of(request: LogRequest | FirmwareUpdate) -> Command:
    if request.command is None:
        raise RuntimeError("What was asked for just now is a command.")
    return request.command


# These are asked for by our own ids, and checked by the services.
BY_OUR_IDS: dict[str, Asking] = {
    RemoteStart.__name__: _remote_start,
    RemoteStop.__name__: _remote_stop,
    GetDiagnostics.__name__: _get_log,
    GetLog.__name__: _get_log,
    UpdateFirmware.__name__: _update_firmware(signed=False),
    SignedUpdateFirmware.__name__: _update_firmware(signed=True),
}
KINDS = frozenset(REQUESTS) - {RawCall.__name__}


def ask(station: ChargingStation, asked: dict[str, Any], principal: Principal) -> Command:
    """Queue what was asked. Raises what the door answers with: nothing that breaks a schema is queued."""
    with transaction.atomic():
        if asked.get("kind") in BY_OUR_IDS:
            command = BY_OUR_IDS[asked["kind"]](station, asked.get("arguments", {}), principal)
        else:
            command = _send(station, asked, principal)
        record(actor=person_of(principal), action="command asked by API", target=command, **trace_of(principal))
    return command


def _send(station: ChargingStation, asked: dict[str, Any], principal: Principal) -> Command:
    if "action" in asked:
        wanted: Any = _raw_call(station, asked)
    else:
        wanted = _request(asked["kind"], asked.get("arguments", {}))
    expires_in = timedelta(seconds=asked["expires_in_s"])
    try:
        return send(station, wanted, by=person_of(principal), expires_in=expires_in)
    except InvalidRequest as refusal:
        raise Unprocessable(
            {problem_path(problem.path): [problem.sentence] for problem in refusal.problems}, code="schema"
        ) from refusal


def _raw_call(station: ChargingStation, asked: dict[str, Any]) -> RawCall:
    if not station.ocpp_version:
        raise Conflict("This station never connected, so its OCPP version is not known: nothing can be checked.")
    return RawCall(asked["action"], asked.get("payload", {}))


def problem_path(path: tuple[str | int, ...]) -> str:
    return f"payload.{written(path)}" if path else "action"


def _request(kind: str, arguments: dict[str, Any]) -> Any:
    wanted = REQUESTS[kind]
    known = {field.name for field in fields(wanted)}
    if unknown := sorted(set(arguments) - known):
        raise ValidationError({"arguments": dict.fromkeys(unknown, f"{kind} has no such argument.")})
    return _converted(wanted, arguments)


def _converted(wanted: Any, arguments: dict[str, Any]) -> Any:
    try:
        return msgspec.convert(arguments, wanted)
    except msgspec.ValidationError as error:
        told, _, place = str(error).partition(" - at `$")
        raise ValidationError({f"arguments{place.rstrip('`')}": [told]}) from error
