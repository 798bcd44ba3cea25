"""OCPP 2.x N01: GetLog."""

from functools import partial
from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.jobs import Upload, begin_upload

if TYPE_CHECKING:
    from simulator.charger import Charger


def get_log(charger: "Charger", payload: Payload) -> Payload:
    notice = partial(log_status, request_id=int(payload["requestId"]))
    name = f"{charger.identity}-{payload['logType']}.log"[-255:]
    tries = {"retries": payload.get("retries", 0), "retry_interval_s": payload.get("retryInterval", 0)}
    wanted = Upload(payload["log"]["remoteLocation"], name, notice, cancelled="AcceptedCanceled", **tries)
    takes_over = begin_upload(charger, wanted)
    return {"status": "AcceptedCanceled" if takes_over else "Accepted", "filename": name}


def log_status(status: str, request_id: int | None = None) -> Message:
    return "LogStatusNotification", {"status": status, **({"requestId": request_id} if request_id is not None else {})}


HANDLERS: dict[str, Handler] = {"GetLog": get_log}
