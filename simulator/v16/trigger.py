"""OCPP 1.6 §5.17 TriggerMessage and ExtendedTriggerMessage of the security whitepaper."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.evse import Evse
from simulator.states import ReadingContext, Registration
from simulator.v16.diagnostics import diagnostics_status, log_status
from simulator.v16.firmware import firmware_status
from simulator.v16.security import sign_certificate

if TYPE_CHECKING:
    from simulator.charger import Charger

MESSAGES = frozenset(
    {
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SignChargePointCertificate",
        "StatusNotification",
    }
)


def trigger_message(charger: "Charger", payload: Payload) -> Payload:
    wanted, connector_id = payload["requestedMessage"], payload.get("connectorId")
    if wanted not in MESSAGES:
        return {"status": "NotImplemented"}
    if connector_id is not None and not 0 <= connector_id <= len(charger.evse_list):
        return {"status": "Rejected"}
    if wanted == "BootNotification" and charger.registration is Registration.ACCEPTED:
        return {"status": "Rejected"}
    places = [charger.evse(connector_id)] if connector_id else charger.evse_list
    charger.afterwards(lambda: _send(charger, wanted, connector_id, places))
    return {"status": "Accepted"}


async def _send(charger: "Charger", wanted: str, connector_id: int | None, places: list[Evse]) -> None:
    match wanted:
        case "BootNotification":
            await charger.boot("Triggered")
        case "Heartbeat":
            await charger.heartbeat()
        case "DiagnosticsStatusNotification":
            await charger.tell(*diagnostics_status("Idle"))
        case "FirmwareStatusNotification":
            await charger.tell(*(charger.firmware_notice or firmware_status("Idle")))
        case "LogStatusNotification":
            await charger.tell(*log_status("Idle"))
        case "SignChargePointCertificate":
            await sign_certificate(charger)
        case "MeterValues":
            for evse in places:
                await charger.flow.sample(evse, ReadingContext.TRIGGER, charger.settings.sampled_measurands)
        case _:
            await _send_status(charger, connector_id, places)


async def _send_status(charger: "Charger", connector_id: int | None, places: list[Evse]) -> None:
    """Also before the boot is accepted: a Pending station answers triggers."""
    if not connector_id:
        for action, message in charger.dialect.station_status():
            await charger.tell(action, message)
    for evse in places if connector_id != 0 else []:
        for action, message in charger.dialect.status_messages(evse, 1, charger.dialect.status(evse, 1)):
            await charger.tell(action, message)


HANDLERS: dict[str, Handler] = {
    "TriggerMessage": trigger_message,
    "ExtendedTriggerMessage": trigger_message,
}
