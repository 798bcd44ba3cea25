"""OCPP 1.6 §4.4, §5.9 diagnostics; GetLog of the security whitepaper, N01."""

from collections.abc import Mapping
from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import DiagnosticsStatus, Log, UploadLogStatus

from firmware import services as firmware
from firmware.commands import GetDiagnostics, GetLog, Tried
from firmware.states import Answer, LogKind, LogStatus
from gateway.exchange import Exchange
from gateway.link import Link
from gateway.routing import Call, CannotSay, Facts
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.v16.routes import after, on, sends

DIAGNOSTICS_STATUSES = {
    DiagnosticsStatus.idle: LogStatus.IDLE,
    DiagnosticsStatus.uploading: LogStatus.UPLOADING,
    DiagnosticsStatus.uploaded: LogStatus.UPLOADED,
    DiagnosticsStatus.upload_failed: LogStatus.UPLOAD_FAILED,
}
LOG_STATUSES = {
    UploadLogStatus.idle: LogStatus.IDLE,
    UploadLogStatus.uploading: LogStatus.UPLOADING,
    UploadLogStatus.uploaded: LogStatus.UPLOADED,
    UploadLogStatus.upload_failure: LogStatus.UPLOAD_FAILED,
    UploadLogStatus.bad_message: LogStatus.BAD_MESSAGE,
    UploadLogStatus.permission_denied: LogStatus.PERMISSION_DENIED,
    UploadLogStatus.not_supported_operation: LogStatus.NOT_SUPPORTED,
}
LOG_TYPES = {LogKind.DIAGNOSTICS: Log.diagnostics_log, LogKind.SECURITY: Log.security_log}
ANSWERS = {"Accepted": Answer.ACCEPTED, "AcceptedCanceled": Answer.ACCEPTED_INSTEAD}


@sends(GetDiagnostics, "GetDiagnostics")
def send_get_diagnostics(request: GetDiagnostics, facts: Facts) -> Call:
    payload: dict[str, Any] = {"location": request.location, **tries(request)}
    if request.oldest_at is not None:
        payload["startTime"] = format_time(request.oldest_at)
    if request.latest_at is not None:
        payload["stopTime"] = format_time(request.latest_at)
    return Call("GetDiagnostics", payload)


@sends(GetLog, "GetLog")
def send_get_log(request: GetLog, facts: Facts) -> Call:
    if request.kind not in LOG_TYPES:
        raise CannotSay("OCPP 1.6 has no log of the data collector.")
    return Call("GetLog", {"logType": LOG_TYPES[request.kind], **asked(request)})


def asked(request: GetDiagnostics | GetLog) -> dict[str, Any]:
    """What GetLog says in all versions beside the type."""
    log = {"remoteLocation": request.location}
    if request.oldest_at is not None:
        log["oldestTimestamp"] = format_time(request.oldest_at)
    if request.latest_at is not None:
        log["latestTimestamp"] = format_time(request.latest_at)
    return {"requestId": request.number, "log": log, **tries(request)}


def tries(request: Tried) -> dict[str, int]:
    told = {"retries": request.retries, "retryInterval": request.retry_interval_s}
    return {name: value for name, value in told.items() if value is not None}


@after("GetDiagnostics")
async def after_get_diagnostics(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """There is no status in this answer. Without a file name the station may have nothing to send (§5.9)."""
    await in_thread(firmware.answer_log_request)(
        station_id=link.admission.station_id,
        address=payload["location"],
        answer=Answer.ACCEPTED,
        file_name=response.get("fileName") or "",
        at=link.last_heard_at,
    )


@after("GetLog")
async def after_get_log(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """N01.FR.01, N01.FR.11."""
    await in_thread(firmware.answer_log_request)(
        station_id=link.admission.station_id,
        address=payload["log"]["remoteLocation"],
        answer=ANSWERS.get(str(response.get("status")), Answer.REJECTED),
        file_name=response.get("filename") or "",
        at=link.last_heard_at,
    )


@on("DiagnosticsStatusNotification")
async def on_diagnostics_status_notification(
    exchange: Exchange, *, status: str, **_: Any
) -> call_result.DiagnosticsStatusNotification:
    """Names no request: the newest is meant."""
    await in_thread(firmware.record_log_status)(
        station_id=exchange.station.station_id,
        status=DIAGNOSTICS_STATUSES[DiagnosticsStatus(status)],
        number=None,
        at=exchange.received_at,
    )
    return call_result.DiagnosticsStatusNotification()


@on("LogStatusNotification")
async def on_log_status_notification(
    exchange: Exchange, *, status: str, request_id: int | None = None, **_: Any
) -> call_result.LogStatusNotification:
    """N01.FR.07 to N01.FR.12."""
    await in_thread(firmware.record_log_status)(
        station_id=exchange.station.station_id,
        status=LOG_STATUSES[UploadLogStatus(status)],
        number=request_id,
        at=exchange.received_at,
    )
    return call_result.LogStatusNotification()
