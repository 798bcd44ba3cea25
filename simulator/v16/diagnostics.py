"""OCPP 1.6 §5.9 GetDiagnostics and GetLog of the security whitepaper."""

from functools import partial
from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.jobs import run_job

if TYPE_CHECKING:
    from simulator.charger import Charger


def get_diagnostics(charger: "Charger", payload: Payload) -> Payload:
    if not payload["location"]:
        return {}
    charger.afterwards(lambda: run_job(charger, ("Uploading", "Uploaded"), diagnostics_status))
    return {"fileName": f"{charger.identity}-diagnostics.zip"[-255:]}


def get_log(charger: "Charger", payload: Payload) -> Payload:
    notice = partial(log_status, request_id=int(payload["requestId"]))
    charger.afterwards(lambda: run_job(charger, ("Uploading", "Uploaded"), notice))
    return {"status": "Accepted", "filename": f"{charger.identity}-{payload['logType']}.log"[-255:]}


def diagnostics_status(status: str) -> Message:
    return "DiagnosticsStatusNotification", {"status": status}


def log_status(status: str, request_id: int | None = None) -> Message:
    return "LogStatusNotification", {"status": status, **({"requestId": request_id} if request_id is not None else {})}


HANDLERS: dict[str, Handler] = {"GetDiagnostics": get_diagnostics, "GetLog": get_log}
