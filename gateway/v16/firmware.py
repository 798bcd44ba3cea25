"""OCPP 1.6 §4.5, §5.19 firmware; L01 of the security whitepaper."""

from collections.abc import Mapping
from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import FirmwareStatus as FirmwareWord
from ocpp.v16.enums import UpdateFirmwareStatus

from firmware import services as firmware
from firmware.commands import SignedUpdateFirmware, UpdateFirmware
from firmware.states import Answer, FirmwareStatus
from gateway.exchange import Exchange
from gateway.link import Link
from gateway.routing import Call, CannotSay, Facts
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.v16.diagnostics import tries
from gateway.v16.routes import after, on, sends

STATUSES = {word: FirmwareStatus[word.name.upper()] for word in FirmwareWord}
ANSWERS = {
    UpdateFirmwareStatus.accepted: Answer.ACCEPTED,
    UpdateFirmwareStatus.accepted_canceled: Answer.ACCEPTED_INSTEAD,
    UpdateFirmwareStatus.rejected: Answer.REJECTED,
    UpdateFirmwareStatus.invalid_certificate: Answer.INVALID_CERTIFICATE,
    UpdateFirmwareStatus.revoked_certificate: Answer.REVOKED_CERTIFICATE,
}


@sends(UpdateFirmware, "UpdateFirmware")
def send_update_firmware(request: UpdateFirmware, facts: Facts) -> Call:
    if request.install_at is not None:
        raise CannotSay("OCPP 1.6 installs unsigned firmware as soon as the station can.")
    times = {"location": request.location, "retrieveDate": format_time(request.retrieve_at)}
    return Call("UpdateFirmware", {**times, **tries(request)})


@sends(SignedUpdateFirmware, "SignedUpdateFirmware")
def send_signed_update_firmware(request: SignedUpdateFirmware, facts: Facts) -> Call:
    signed = {
        "location": request.location,
        "retrieveDateTime": format_time(request.retrieve_at),
        "signingCertificate": request.certificate,
        "signature": request.signature,
    }
    if request.install_at is not None:
        signed["installDateTime"] = format_time(request.install_at)
    return Call("SignedUpdateFirmware", {"requestId": request.number, "firmware": signed, **tries(request)})


@after("UpdateFirmware")
async def after_update_firmware(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """There is no status in this answer."""
    await in_thread(firmware.answer_update)(
        station_id=link.admission.station_id,
        address=payload["location"],
        answer=Answer.ACCEPTED,
        at=link.last_heard_at,
    )


@after("SignedUpdateFirmware")
async def after_signed_update_firmware(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """L01.FR.24 to L01.FR.27."""
    await in_thread(firmware.answer_update)(
        station_id=link.admission.station_id,
        address=payload["firmware"]["location"],
        answer=ANSWERS[UpdateFirmwareStatus(response["status"])],
        at=link.last_heard_at,
    )


@on("FirmwareStatusNotification")
async def on_firmware_status_notification(
    exchange: Exchange, *, status: str, **_: Any
) -> call_result.FirmwareStatusNotification:
    """Names no update: the newest is meant. Idle comes only when it was triggered."""
    await _record(exchange, status, None)
    return call_result.FirmwareStatusNotification()


@on("SignedFirmwareStatusNotification")
async def on_signed_firmware_status_notification(
    exchange: Exchange, *, status: str, request_id: int | None = None, **_: Any
) -> call_result.SignedFirmwareStatusNotification:
    """L01.FR.10, L01.FR.21."""
    await _record(exchange, status, request_id)
    return call_result.SignedFirmwareStatusNotification()


async def _record(exchange: Exchange, status: str, number: int | None) -> None:
    await in_thread(firmware.record_firmware_status)(
        station_id=exchange.station.station_id,
        status=STATUSES[FirmwareWord(status)],
        number=number,
        at=exchange.received_at,
    )
