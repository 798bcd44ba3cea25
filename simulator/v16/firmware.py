"""OCPP 1.6 §5.19 UpdateFirmware; SignedUpdateFirmware of the security whitepaper."""

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
    begin_update(charger, Update(payload["location"], firmware_status))
    return {}


def signed_update_firmware(charger: "Charger", payload: Payload) -> Payload:
    firmware = payload["firmware"]
    if not is_certificate(firmware["signingCertificate"]):
        charger.afterwards(lambda: charger.told(security_event(charger, "InvalidFirmwareSigningCertificate")))
        return {"status": "InvalidCertificate"}
    wanted = Update(
        firmware["location"],
        partial(signed_firmware_status, request_id=int(payload["requestId"])),
        signature=firmware["signature"],
        certificate=firmware["signingCertificate"],
        tells_reboot=True,
    )
    return {"status": "AcceptedCanceled" if begin_update(charger, wanted) else "Accepted"}


def firmware_status(status: str) -> Message:
    return "FirmwareStatusNotification", {"status": status}


def signed_firmware_status(status: str, request_id: int | None = None) -> Message:
    known = {"requestId": request_id} if request_id is not None else {}
    return "SignedFirmwareStatusNotification", {"status": status, **known}


HANDLERS: dict[str, Handler] = {
    "UpdateFirmware": update_firmware,
    "SignedUpdateFirmware": signed_update_firmware,
}
