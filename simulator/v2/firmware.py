"""OCPP 2.x block L: UpdateFirmware."""

from functools import partial
from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.jobs import install_firmware, version_of

if TYPE_CHECKING:
    from simulator.charger import Charger

STEPS = ("Downloading", "Downloaded", "Installing", "InstallRebooting")
SIGNED_STEPS = ("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")


def update_firmware(charger: "Charger", payload: Payload) -> Payload:
    firmware = payload["firmware"]
    version = version_of(firmware["location"], charger.firmware_version)
    steps = SIGNED_STEPS if "signature" in firmware else STEPS
    notice = partial(firmware_status, request_id=int(payload["requestId"]))
    charger.afterwards(lambda: install_firmware(charger, steps, notice, version))
    return {"status": "Accepted"}


def firmware_status(status: str, request_id: int | None = None) -> Message:
    known = {"requestId": request_id} if request_id is not None else {}
    return "FirmwareStatusNotification", {"status": status, **known}


HANDLERS: dict[str, Handler] = {"UpdateFirmware": update_firmware}
