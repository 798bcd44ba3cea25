"""OCPP 2.x block B: BootNotification and Reset; P01 DataTransfer."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.network import Access
from simulator.states import StopReason

if TYPE_CHECKING:
    from simulator.charger import Charger


def boot(charger: "Charger", reason: str) -> Message:
    station = {
        "vendorName": charger.vendor,
        "model": charger.model,
        "serialNumber": charger.serial_number,
        "firmwareVersion": charger.firmware_version,
    }
    return "BootNotification", {"reason": reason, "chargingStation": station}


def reset(charger: "Charger", payload: Payload) -> Payload:
    is_immediate = {"Immediate": True, "OnIdle": False}.get(payload["type"])
    evse_id = payload.get("evseId")
    if is_immediate is None or (evse_id is not None and not 1 <= evse_id <= len(charger.evse_list)):
        return {"status": "Rejected"}
    places = charger.evse_list if evse_id is None else [charger.evse(evse_id)]
    if not is_immediate and any(place.transaction for place in places):
        _schedule(charger, evse_id)
        return {"status": "Scheduled"}
    if evse_id is not None:
        charger.afterwards(lambda: charger.flow.restart(charger.evse(evse_id)))
    else:
        charger.afterwards(lambda: charger.reboot(stop_reason=StopReason.IMMEDIATE_RESET))
    return {"status": "Accepted"}


def set_network_profile(charger: "Charger", payload: Payload) -> Payload:
    """B09."""
    wanted = payload["connectionData"]
    access = Access(wanted["ocppCsmsUrl"], wanted["securityProfile"])
    is_good = wanted["ocppTransport"] == "JSON" and charger.network.set_slot(payload["configurationSlot"], access)
    return {"status": "Accepted" if is_good else "Rejected"}


def data_transfer(charger: "Charger", payload: Payload) -> Payload:
    """Answers only its own vendor; "echo" returns the data."""
    if payload["vendorId"] != charger.vendor:
        return {"status": "UnknownVendorId"}
    if payload.get("messageId") not in {None, "echo"}:
        return {"status": "UnknownMessageId"}
    return {"status": "Accepted", **({"data": payload["data"]} if "data" in payload else {})}


def _schedule(charger: "Charger", evse_id: int | None) -> None:
    if evse_id is None:
        charger.reset_when_idle = True
    else:
        charger.evse(evse_id).resets_when_idle = True


HANDLERS: dict[str, Handler] = {
    "Reset": reset,
    "SetNetworkProfile": set_network_profile,
    "DataTransfer": data_transfer,
}
