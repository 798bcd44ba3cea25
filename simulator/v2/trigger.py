"""OCPP 2.x F06: TriggerMessage."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.evse import Evse
from simulator.states import ReadingContext, Registration
from simulator.v2.diagnostics import log_status
from simulator.v2.firmware import firmware_status
from simulator.v2.security import sign_certificate

if TYPE_CHECKING:
    from simulator.charger import Charger

MESSAGES = frozenset(
    {
        "BootNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SignChargingStationCertificate",
        "StatusNotification",
        "TransactionEvent",
    }
)


def trigger_message(charger: "Charger", payload: Payload) -> Payload:
    wanted, place = payload["requestedMessage"], payload.get("evse", {})
    if wanted not in MESSAGES:
        return {"status": "NotImplemented"}
    evse_id = place.get("id")
    if evse_id is not None and not 1 <= evse_id <= len(charger.evse_list):
        return {"status": "Rejected"}
    places = [charger.evse(evse_id)] if evse_id else charger.evse_list
    if not _is_possible(charger, wanted, place, places):
        return {"status": "Rejected"}
    charger.afterwards(lambda: _send(charger, wanted, places, place.get("connectorId")))
    return {"status": "Accepted"}


def _is_possible(charger: "Charger", wanted: str, place: Payload, places: list[Evse]) -> bool:
    """F06.FR.17 (boot only while not accepted), FR.13 (status names its connector)."""
    if wanted == "BootNotification":
        return charger.registration is not Registration.ACCEPTED
    if wanted == "StatusNotification":
        return "id" in place and 1 <= place.get("connectorId", 0) <= places[0].spec.connectors
    return wanted != "TransactionEvent" or any(evse.transaction for evse in places)


async def _send(charger: "Charger", wanted: str, places: list[Evse], connector: int | None) -> None:
    measurands = charger.settings.sampled_measurands
    match wanted:
        case "BootNotification":
            await charger.boot("Triggered")
        case "Heartbeat":
            await charger.heartbeat()
        case "FirmwareStatusNotification":
            await charger.tell(*(charger.firmware_notice or firmware_status("Idle")))
        case "LogStatusNotification":
            await charger.tell(*log_status("Idle"))
        case "TransactionEvent":
            for evse in (place for place in places if place.transaction):
                await charger.flow.sample(evse, ReadingContext.TRIGGER, measurands)
        case "SignChargingStationCertificate":
            await sign_certificate(charger)
        case "MeterValues":
            for evse in places:
                await _send_meter_values(charger, evse)
        case _:
            evse, number = places[0], connector or 1
            for message in charger.dialect.status_messages(evse, number, charger.dialect.status(evse, number)):
                await charger.tell(*message)


async def _send_meter_values(charger: "Charger", evse: Evse) -> None:
    charger.time.catch_up()
    readings = evse.meter.readings(evse.flow(), charger.settings.sampled_measurands)
    now = charger.clock.now()
    await charger.tell(*charger.dialect.meter_values(evse.number, readings, ReadingContext.TRIGGER, now))


HANDLERS: dict[str, Handler] = {"TriggerMessage": trigger_message}
