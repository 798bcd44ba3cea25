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
from charging.commands import CancelReservation, RemoteStart, RemoteStop, ReserveNow
from charging.models import Reservation, Session
from charging.profiles import Kind, Period, Purpose, RateUnit, Recurrency
from charging.services import cancel_reservation, remote_start, remote_stop, reserve
from drivers.commands import SendLocalList
from drivers.models import IdToken
from drivers.services import refresh_local_list
from firmware.commands import GetDiagnostics, GetLog, SignedUpdateFirmware, Tries, UpdateFirmware
from firmware.errors import FirmwareError
from firmware.models import FileLocation, Firmware, FirmwareUpdate, LogRequest
from firmware.services import request_log, request_update
from firmware.states import LogKind
from smartcharging.commands import ClearChargingProfile, SetChargingProfile
from smartcharging.services import Wish, clear_profiles, remote_start_limited, set_profile
from stations.commands import REQUESTS, RaiseSecurityProfile, RawCall, SetPassword, send
from stations.errors import CannotRaiseProfile, PasswordUnderWay
from stations.models import ChargingStation, Command
from stations.problems import InvalidRequest, written
from stations.services import change_password, raise_security_profile
from stations.services.security_profiles import INTERFACES
from stations.states import SecurityProfile

Asking = Callable[[ChargingStation, dict[str, Any], Principal], Command]


def _remote_start(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"token": 9, "evse_number": 1}``: the token by its id, because its value is nobody's to pass around.

    ``limit_a``, in amperes per phase, is what the session may draw.
    """
    told = _converted(RemoteStartArguments, arguments)
    token = _token(station, told.token, principal)
    by = person_of(principal)
    if told.limit_a is None:
        return remote_start(station=station, evse_number=told.evse_number, token=token, by=by)
    return remote_start_limited(
        station=station, evse_number=told.evse_number, token=token, limit=told.limit_a, unit=RateUnit.AMPERES, by=by
    )


def _remote_stop(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"session": 70012}``."""
    told = _converted(RemoteStopArguments, arguments)
    return remote_stop(session=_session(station, told.session), by=person_of(principal))


def _reserve(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"token": 9, "evse_number": 1, "expires_at": "2026-11-22T14:00:00Z"}``."""
    told = _converted(ReserveNowArguments, arguments)
    token = _token(station, told.token, principal)
    reservation = reserve(
        station=station,
        evse_number=told.evse_number,
        connector_type=told.connector_type,
        token=token,
        expires_at=told.expires_at,
        by=person_of(principal),
    )
    if reservation.command is None:
        raise RuntimeError("A reservation is asked for by a command.")
    return reservation.command


def _cancel_reservation(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"reservation_id": 12}``, as the arguments of the command that made it say."""
    told = _converted(CancelReservationArguments, arguments)
    rows = Reservation.objects.select_related("station", "command").filter(station=station)
    reservation = rows.filter(pk=told.reservation_id).first()
    if reservation is None:
        raise ValidationError({"arguments": {"reservation_id": "There is no such reservation at this station."}})
    return cancel_reservation(reservation=reservation, by=person_of(principal))


def _send_list(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"is_full": true}``: what goes on the list is for us to know. The answer is the question for its version."""
    told = _converted(SendLocalListArguments, arguments)
    return refresh_local_list(station=station, by=person_of(principal), must_be_full=told.is_full)


def _set_profile(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"purpose": "tx_default", "kind": "relative", "unit": "A", "periods": [{"start_s": 0, "limit": 16}]}``."""
    told = _converted(SetChargingProfileArguments, arguments)
    session = _session(station, told.session) if told.session is not None else None
    names = [name for name in SetChargingProfileArguments.__struct_fields__ if name != "session"]
    wish = Wish(session=session, **{name: getattr(told, name) for name in names})
    row = set_profile(station=station, wish=wish, by=person_of(principal))
    if row.command is None:
        raise RuntimeError("A profile is sent by a command.")
    return row.command


def _clear_profiles(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"number": 12}`` or any of ``evse_number``, ``purpose`` and ``stack_level``; with nothing all."""
    criteria = _request(ClearChargingProfile.__name__, arguments)
    return clear_profiles(station=station, criteria=criteria, by=person_of(principal))


def _session(station: ChargingStation, pk: int) -> Session:
    session = Session.objects.select_related("station").filter(station=station, pk=pk).first()
    if session is None:
        raise ValidationError({"arguments": {"session": "There is no such session at this station."}})
    return session


def _token(station: ChargingStation, pk: int, principal: Principal) -> IdToken:
    token = IdToken.objects.visible_to(principal).filter(pk=pk, organization=station.organization_id).first()
    if token is None:
        raise ValidationError({"arguments": {"token": "There is no such token."}})
    return token


Aware = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2_147_483_647)]
Place = Annotated[int, msgspec.Meta(ge=0, le=32_767)]


class ReserveNowArguments(msgspec.Struct, forbid_unknown_fields=True):
    token: int
    expires_at: Aware
    evse_number: Annotated[int, msgspec.Meta(ge=1, le=32_767)] | None = None
    connector_type: Annotated[str, msgspec.Meta(max_length=20)] = ""


class CancelReservationArguments(msgspec.Struct, forbid_unknown_fields=True):
    reservation_id: int


class SendLocalListArguments(msgspec.Struct, forbid_unknown_fields=True):
    is_full: bool = False


class SetChargingProfileArguments(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """As smartcharging.services.Wish, with the session by its id."""

    purpose: Purpose
    kind: Kind
    unit: RateUnit
    periods: tuple[Period, ...]
    evse_number: Place = 0
    stack_level: Place = 0
    recurrency: Recurrency | None = None
    start_at: Aware | None = None
    duration_s: Count | None = None
    valid_from: Aware | None = None
    valid_to: Aware | None = None
    min_rate: float | None = None
    session: int | None = None


class RemoteStartArguments(msgspec.Struct, forbid_unknown_fields=True):
    token: int
    evse_number: int | None = None
    limit_a: Annotated[float, msgspec.Meta(ge=0, le=1000)] | None = None


class RemoteStopArguments(msgspec.Struct, forbid_unknown_fields=True):
    session: int


class LogArguments(msgspec.Struct, forbid_unknown_fields=True):
    kind: LogKind = LogKind.DIAGNOSTICS
    location: int | None = None
    oldest_at: Aware | None = None
    latest_at: Aware | None = None
    retries: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    retry_interval_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] | None = None


def _get_log(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"kind": "security", "location": 3}``: to a file location by its id; without one, to this server."""
    told = _converted(LogArguments, arguments)
    places = FileLocation.objects.visible_to(principal).filter(organization=station.organization_id)
    place = places.filter(pk=told.location).first() if told.location is not None else None
    if told.location is not None and place is None:
        raise ValidationError({"arguments": {"location": "There is no such file location."}})
    try:
        log = request_log(
            station=station,
            by=person_of(principal),
            kind=told.kind,
            location=place,
            oldest_at=told.oldest_at,
            latest_at=told.latest_at,
            tries=Tries(told.retries, told.retry_interval_s),
        )
    except FirmwareError as refusal:
        raise Conflict(str(refusal)) from refusal
    return _command_of(log)


def _set_password(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """Without arguments: the password is made here, and nobody sees it."""
    _converted(NoArguments, arguments)
    try:
        return change_password(station=station, by=person_of(principal))
    except PasswordUnderWay as refusal:
        raise Conflict(str(refusal)) from refusal


class RaiseProfileArguments(msgspec.Struct, forbid_unknown_fields=True):
    profile: SecurityProfile
    url: str = ""
    slot: Place | None = None
    interface: str = INTERFACES[0]


def _raise_profile(station: ChargingStation, arguments: dict[str, Any], principal: Principal) -> Command:
    """``{"profile": 2}``; for OCPP 2.x also where the station finds this server, and in which slot it keeps that."""
    told = _converted(RaiseProfileArguments, arguments)
    try:
        return raise_security_profile(station=station, by=person_of(principal), **msgspec.structs.asdict(told))
    except CannotRaiseProfile as refusal:
        raise Conflict(str(refusal)) from refusal


class NoArguments(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing."""


class UpdateArguments(msgspec.Struct, forbid_unknown_fields=True):
    firmware: int
    retrieve_at: Aware | None = None
    install_at: Aware | None = None
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
        try:
            update = request_update(
                station=station,
                firmware=firmware,
                by=person_of(principal),
                is_signed=signed,
                retrieve_at=told.retrieve_at,
                install_at=told.install_at,
                tries=Tries(told.retries, told.retry_interval_s),
            )
        except FirmwareError as refusal:
            raise Conflict(str(refusal)) from refusal
        return _command_of(update)

    return ask


def _command_of(request: LogRequest | FirmwareUpdate) -> Command:
    if request.command is None:
        raise RuntimeError("What was asked for just now is a command.")
    return request.command


# These are asked for by our own ids, and checked by the services of their apps.
BY_OUR_IDS: dict[str, Asking] = {
    RemoteStart.__name__: _remote_start,
    RemoteStop.__name__: _remote_stop,
    ReserveNow.__name__: _reserve,
    CancelReservation.__name__: _cancel_reservation,
    SendLocalList.__name__: _send_list,
    SetChargingProfile.__name__: _set_profile,
    ClearChargingProfile.__name__: _clear_profiles,
    GetDiagnostics.__name__: _get_log,
    GetLog.__name__: _get_log,
    SetPassword.__name__: _set_password,
    RaiseSecurityProfile.__name__: _raise_profile,
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
