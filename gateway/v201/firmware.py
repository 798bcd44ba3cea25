"""OCPP 2.0.1 block L: firmware."""

from collections.abc import Mapping
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import FirmwareStatusEnumType, UpdateFirmwareStatusEnumType

from firmware import services as firmware
from firmware.commands import SignedUpdateFirmware, UpdateFirmware
from firmware.states import Answer, FirmwareStatus
from gateway.exchange import Exchange
from gateway.link import Link
from gateway.routing import Call, Facts
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.v201.diagnostics import tries
from gateway.v201.routes import after, on, sends

STATUSES = {word: FirmwareStatus[word.name.upper()] for word in FirmwareStatusEnumType}
ANSWERS = {
    UpdateFirmwareStatusEnumType.accepted: Answer.ACCEPTED,
    UpdateFirmwareStatusEnumType.accepted_canceled: Answer.ACCEPTED_INSTEAD,
    UpdateFirmwareStatusEnumType.rejected: Answer.REJECTED,
    UpdateFirmwareStatusEnumType.invalid_certificate: Answer.INVALID_CERTIFICATE,
    UpdateFirmwareStatusEnumType.revoked_certificate: Answer.REVOKED_CERTIFICATE,
}


@sends(UpdateFirmware, "UpdateFirmware")
def send_update_firmware(request: UpdateFirmware, facts: Facts) -> Call:
    """L02."""
    return _update(request, {})


@sends(SignedUpdateFirmware, "UpdateFirmware")
def send_signed_update_firmware(request: SignedUpdateFirmware, facts: Facts) -> Call:
    """L01. With the signing certificate and the signature (L01.FR.11)."""
    return _update(request, {"signingCertificate": request.certificate, "signature": request.signature})


def _update(request: UpdateFirmware | SignedUpdateFirmware, proof: dict[str, str]) -> Call:
    file = {"location": request.location, "retrieveDateTime": format_time(request.retrieve_at), **proof}
    if request.install_at is not None:
        file["installDateTime"] = format_time(request.install_at)
    return Call("UpdateFirmware", {"requestId": request.number, "firmware": file, **tries(request)})


@after("UpdateFirmware")
async def after_update_firmware(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """L01.FR.21 to L01.FR.25."""
    await in_thread(firmware.answer_update)(
        station_id=link.admission.station_id,
        address=payload["firmware"]["location"],
        answer=ANSWERS[UpdateFirmwareStatusEnumType(response["status"])],
        at=link.last_heard_at,
    )


@on("FirmwareStatusNotification")
async def on_firmware_status_notification(
    exchange: Exchange, *, status: str, request_id: int | None = None, **_: Any
) -> call_result.FirmwareStatusNotification:
    """L01.FR.20: without a request id only Idle."""
    await in_thread(firmware.record_firmware_status)(
        station_id=exchange.station.station_id,
        status=STATUSES[FirmwareStatusEnumType(status)],
        number=request_id,
        at=exchange.received_at,
    )
    return call_result.FirmwareStatusNotification()
