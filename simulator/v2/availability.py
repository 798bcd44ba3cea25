"""OCPP 2.x block G: StatusNotification, NotifyEvent of AvailabilityState, ChangeAvailability; F05 UnlockConnector."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.evse import Evse

if TYPE_CHECKING:
    from simulator.charger import Charger


def status_of(evse: Evse, connector: int) -> str:
    """The five states of 2.x. The other connectors of an EVSE in use cannot be used."""
    if evse.fault:
        return "Faulted"
    if evse.is_plugged:
        return "Occupied" if evse.connector == connector else "Unavailable"
    if not evse.is_operative:
        return "Unavailable"
    return "Reserved" if evse.reservation and not evse.token else "Available"


def status_messages(charger: "Charger", evse: int, connector: int, status: str) -> list[Message]:
    messages: list[Message] = []
    if charger.availability_reports in {"status", "both"}:
        messages.append(_status_notification(charger, evse, connector, status))
    if charger.availability_reports in {"event", "both"}:
        messages.append(_notify_event(charger, evse, connector, status))
    return messages


def _status_notification(charger: "Charger", evse: int, connector: int, status: str) -> Message:
    return "StatusNotification", {
        "timestamp": charger.timestamp(),
        "connectorStatus": status,
        "evseId": evse,
        "connectorId": connector,
    }


def _notify_event(charger: "Charger", evse: int, connector: int, status: str) -> Message:
    event = {
        "eventId": charger.next_event_id(),
        "timestamp": charger.timestamp(),
        "trigger": "Delta",
        "actualValue": status,
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "Connector", "evse": {"id": evse, "connectorId": connector}},
        "variable": {"name": "AvailabilityState"},
    }
    return "NotifyEvent", {"generatedAt": charger.timestamp(), "seqNo": 0, "eventData": [event]}


def change_availability(charger: "Charger", payload: Payload) -> Payload:
    is_operative = {"Operative": True, "Inoperative": False}[payload["operationalStatus"]]
    evse_id = payload.get("evse", {}).get("id")
    if evse_id is not None and not 1 <= evse_id <= len(charger.evse_list):
        return {"status": "Rejected"}
    places = charger.evse_list if evse_id is None else [charger.evse(evse_id)]
    is_scheduled = [place.change_availability(is_operative=is_operative) for place in places]

    async def report() -> None:
        for place in places:
            await charger.flow.report_status(place)

    charger.afterwards(report)
    return {"status": "Scheduled" if any(is_scheduled) else "Accepted"}


def unlock_connector(charger: "Charger", payload: Payload) -> Payload:
    """Does not end a transaction (F05.FR.02)."""
    evse_id, connector_id = int(payload["evseId"]), int(payload["connectorId"])
    is_known = 1 <= evse_id <= len(charger.evse_list)
    if not is_known or not 1 <= connector_id <= charger.evse(evse_id).spec.connectors:
        return {"status": "UnknownConnector"}
    evse = charger.evse(evse_id)
    if evse.transaction and evse.token:
        return {"status": "OngoingAuthorizedTransaction"}
    return {"status": "Unlocked"}


HANDLERS: dict[str, Handler] = {
    "ChangeAvailability": change_availability,
    "UnlockConnector": unlock_connector,
}
