"""OCPP 1.6 §5.9 GetDiagnostics and GetLog of the security whitepaper."""

from functools import partial
from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.jobs import Upload, begin_upload

if TYPE_CHECKING:
    from simulator.charger import Charger


def get_diagnostics(charger: "Charger", payload: Payload) -> Payload:
    if not payload["location"]:
        return {}
    name = f"{charger.identity}-diagnostics.zip"[-255:]
    tries = {"retries": payload.get("retries", 0), "retry_interval_s": payload.get("retryInterval", 0)}
    begin_upload(charger, Upload(payload["location"], name, diagnostics_status, "UploadFailed", **tries))
    return {"fileName": name}


def get_log(charger: "Charger", payload: Payload) -> Payload:
    notice = partial(log_status, request_id=int(payload["requestId"]))
    name = f"{charger.identity}-{payload['logType']}.log"[-255:]
    tries = {"retries": payload.get("retries", 0), "retry_interval_s": payload.get("retryInterval", 0)}
    takes_over = begin_upload(charger, Upload(payload["log"]["remoteLocation"], name, notice, **tries))
    return {"status": "AcceptedCanceled" if takes_over else "Accepted", "filename": name}


def diagnostics_status(status: str) -> Message:
    return "DiagnosticsStatusNotification", {"status": status}


def log_status(status: str, request_id: int | None = None) -> Message:
    return "LogStatusNotification", {"status": status, **({"requestId": request_id} if request_id is not None else {})}


HANDLERS: dict[str, Handler] = {"GetDiagnostics": get_diagnostics, "GetLog": get_log}
