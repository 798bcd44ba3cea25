"""OCPP 2.x block L: UpdateFirmware."""

from functools import partial
from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.jobs import Update, begin_update
from simulator.security import security_event
from simulator.signing import is_certificate

if TYPE_CHECKING:
    from simulator.charger import Charger


def update_firmware(charger: "Charger", payload: Payload) -> Payload:
    firmware = payload["firmware"]
    certificate = firmware.get("signingCertificate", "")
    if certificate and not is_certificate(certificate):
        charger.afterwards(lambda: charger.told(security_event(charger, "InvalidFirmwareSigningCertificate")))
        return {"status": "InvalidCertificate"}
    wanted = Update(
        firmware["location"],
        partial(firmware_status, request_id=int(payload["requestId"])),
        signature=firmware.get("signature", ""),
        certificate=certificate,
        tells_reboot=True,
    )
    return {"status": "AcceptedCanceled" if begin_update(charger, wanted) else "Accepted"}


def firmware_status(status: str, request_id: int | None = None) -> Message:
    known = {"requestId": request_id} if request_id is not None else {}
    return "FirmwareStatusNotification", {"status": status, **known}


HANDLERS: dict[str, Handler] = {"UpdateFirmware": update_firmware}
