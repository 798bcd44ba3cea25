"""OCPP 2.x N01: GetLog."""

from functools import partial
from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.jobs import run_job

if TYPE_CHECKING:
    from simulator.charger import Charger


def get_log(charger: "Charger", payload: Payload) -> Payload:
    notice = partial(log_status, request_id=int(payload["requestId"]))
    charger.afterwards(lambda: run_job(charger, ("Uploading", "Uploaded"), notice))
    return {"status": "Accepted", "filename": f"{charger.identity}-{payload['logType']}.log"[-255:]}


def log_status(status: str, request_id: int | None = None) -> Message:
    return "LogStatusNotification", {"status": status, **({"requestId": request_id} if request_id is not None else {})}


HANDLERS: dict[str, Handler] = {"GetLog": get_log}
