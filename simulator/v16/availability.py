"""OCPP 1.6 §4.9 StatusNotification, §5.2 ChangeAvailability, §5.14 Reset, §5.18 UnlockConnector."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.states import StopReason, Trigger

if TYPE_CHECKING:
    from simulator.charger import Charger


def status_notification(charger: "Charger", connector_id: int, status: str, error_code: str = "NoError") -> Message:
    return "StatusNotification", {
        "connectorId": connector_id,
        "errorCode": error_code,
        "status": status,
        "timestamp": charger.timestamp(),
    }


def change_availability(charger: "Charger", payload: Payload) -> Payload:
    connector_id, is_operative = int(payload["connectorId"]), _is_operative(payload["type"])
    if connector_id > len(charger.evse_list):
        return {"status": "Rejected"}
    places = charger.evse_list if connector_id == 0 else [charger.evse(connector_id)]
    if connector_id == 0:
        charger.variables["station"] = payload["type"]
    is_scheduled = [place.change_availability(is_operative=is_operative) for place in places]

    async def report() -> None:
        if connector_id == 0 and not any(is_scheduled):
            for action, message in charger.dialect.station_status():
                await charger.tell(action, message)
        for place in places:
            await charger.flow.report_status(place)

    charger.afterwards(report)
    return {"status": "Scheduled" if any(is_scheduled) else "Accepted"}


def reset(charger: "Charger", payload: Payload) -> Payload:
    kind = payload["type"]
    if kind not in {"Soft", "Hard"}:
        raise ValueError(kind)
    is_soft = kind == "Soft"
    stop_reason = StopReason.SOFT_RESET if is_soft else StopReason.IMMEDIATE_RESET
    charger.afterwards(lambda: charger.reboot(stop_reason=stop_reason, tells_first=is_soft))
    return {"status": "Accepted"}


def unlock_connector(charger: "Charger", payload: Payload) -> Payload:
    """A running transaction is ended first."""
    connector_id = int(payload["connectorId"])
    if not 1 <= connector_id <= len(charger.evse_list):
        return {"status": "NotSupported"}
    evse = charger.evse(connector_id)
    if evse.transaction:
        charger.afterwards(lambda: charger.flow.end(evse, StopReason.UNLOCK_COMMAND, Trigger.UNLOCK_COMMAND))
    return {"status": "Unlocked"}


def _is_operative(kind: str) -> bool:
    return {"Operative": True, "Inoperative": False}[kind]


HANDLERS: dict[str, Handler] = {
    "ChangeAvailability": change_availability,
    "Reset": reset,
    "UnlockConnector": unlock_connector,
}
