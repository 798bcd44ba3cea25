"""OCPP 2.0.1 N01: logs."""

from collections.abc import Mapping
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import LogEnumType, LogStatusEnumType, UploadLogStatusEnumType

from firmware import services as firmware
from firmware.commands import GetDiagnostics, GetLog, Tried
from firmware.states import Answer, LogKind, LogStatus
from gateway.exchange import Exchange
from gateway.link import Link
from gateway.routing import Call, CannotSay, Facts
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.v201.routes import after, on, sends

LOG_STATUSES = {
    UploadLogStatusEnumType.idle: LogStatus.IDLE,
    UploadLogStatusEnumType.uploading: LogStatus.UPLOADING,
    UploadLogStatusEnumType.uploaded: LogStatus.UPLOADED,
    UploadLogStatusEnumType.upload_failure: LogStatus.UPLOAD_FAILED,
    UploadLogStatusEnumType.bad_message: LogStatus.BAD_MESSAGE,
    UploadLogStatusEnumType.permission_denied: LogStatus.PERMISSION_DENIED,
    UploadLogStatusEnumType.not_supported_operation: LogStatus.NOT_SUPPORTED,
    UploadLogStatusEnumType.accepted_canceled: LogStatus.CANCELLED,
}
LOG_TYPES = {LogKind.DIAGNOSTICS: LogEnumType.diagnostics_log, LogKind.SECURITY: LogEnumType.security_log}
ANSWERS = {
    LogStatusEnumType.accepted: Answer.ACCEPTED,
    LogStatusEnumType.accepted_canceled: Answer.ACCEPTED_INSTEAD,
    LogStatusEnumType.rejected: Answer.REJECTED,
}


@sends(GetDiagnostics, "GetLog")
def send_get_diagnostics(request: GetDiagnostics, facts: Facts) -> Call:
    return Call("GetLog", {"logType": LogEnumType.diagnostics_log, **asked(request)})


@sends(GetLog, "GetLog")
def send_get_log(request: GetLog, facts: Facts) -> Call:
    if request.kind not in LOG_TYPES:
        raise CannotSay("OCPP 2.0.1 has no log of the data collector.")
    return Call("GetLog", {"logType": LOG_TYPES[request.kind], **asked(request)})


def asked(request: GetDiagnostics | GetLog) -> dict[str, Any]:
    """Everything beside the type."""
    log = {"remoteLocation": request.location}
    if request.oldest_at is not None:
        log["oldestTimestamp"] = format_time(request.oldest_at)
    if request.latest_at is not None:
        log["latestTimestamp"] = format_time(request.latest_at)
    return {"requestId": request.number, "log": log, **tries(request)}


def tries(request: Tried) -> dict[str, int]:
    told = {"retries": request.retries, "retryInterval": request.retry_interval_s}
    return {name: value for name, value in told.items() if value is not None}


@after("GetLog")
async def after_get_log(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """N01.FR.01, N01.FR.12."""
    await in_thread(firmware.answer_log_request)(
        station_id=link.admission.station_id,
        address=payload["log"]["remoteLocation"],
        answer=ANSWERS[LogStatusEnumType(response["status"])],
        file_name=response.get("filename") or "",
        at=link.last_heard_at,
    )


@on("LogStatusNotification")
async def on_log_status_notification(
    exchange: Exchange, *, status: str, request_id: int | None = None, **_: Any
) -> call_result.LogStatusNotification:
    """N01.FR.07 to N01.FR.13."""
    await in_thread(firmware.record_log_status)(
        station_id=exchange.station.station_id,
        status=LOG_STATUSES[UploadLogStatusEnumType(status)],
        number=request_id,
        at=exchange.received_at,
    )
    return call_result.LogStatusNotification()
