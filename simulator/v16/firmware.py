"""OCPP 1.6 §5.19 UpdateFirmware."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.jobs import install_firmware, version_of

if TYPE_CHECKING:
    from simulator.charger import Charger

STEPS = ("Downloading", "Downloaded", "Installing")


def update_firmware(charger: "Charger", payload: Payload) -> Payload:
    version = version_of(payload["location"], charger.firmware_version)
    charger.afterwards(lambda: install_firmware(charger, STEPS, firmware_status, version))
    return {}


def firmware_status(status: str) -> Message:
    return "FirmwareStatusNotification", {"status": status}


HANDLERS: dict[str, Handler] = {"UpdateFirmware": update_firmware}
