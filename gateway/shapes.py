"""OCPP 1.6 payloads on a 2.x socket: some stations change the subprotocol before they change their messages (FoxESS).

Only what means the same in both is translated; the rest is refused as before.
"""

from collections.abc import Callable
from typing import Any

Payload = dict[str, Any]

# OCPP 1.6 ChargePointStatus → OCPP 2.x ConnectorStatusEnumType.
STATUSES = {
    "Available": "Available",
    "Reserved": "Reserved",
    "Unavailable": "Unavailable",
    "Faulted": "Faulted",
    **dict.fromkeys(("Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"), "Occupied"),
}


def in_shape_of_2(action: str, payload: Any) -> bool:
    """Translate a payload in place if it has the shape of OCPP 1.6; whether it had."""
    known = SHAPES.get(action)
    if known is None or not isinstance(payload, dict):
        return False
    sign, translate = known
    if sign not in payload:
        return False
    told = dict(payload)
    payload.clear()
    payload.update({name: value for name, value in translate(told).items() if value is not None})
    return True


def _boot(told: Payload) -> Payload:
    described = {
        "vendorName": told.get("chargePointVendor"),
        "model": told.get("chargePointModel"),
        "serialNumber": told.get("chargePointSerialNumber") or told.get("chargeBoxSerialNumber"),
        "firmwareVersion": told.get("firmwareVersion"),
    }
    modem = {name: told[name] for name in ("iccid", "imsi") if told.get(name)}
    station = {name: value for name, value in described.items() if value is not None}
    return {"reason": "Unknown", "chargingStation": station | ({"modem": modem} if modem else {})}


def _status(told: Payload) -> Payload:
    word = told.get("status")
    connector = told.get("connectorId")
    return {
        "timestamp": told.get("timestamp"),
        "connectorStatus": STATUSES.get(str(word), word),
        "evseId": connector,
        "connectorId": 1 if connector else 0,
    }


def _authorize(told: Payload) -> Payload:
    return {"idToken": {"idToken": told["idTag"], "type": "ISO14443"}}


def _meter_values(told: Payload) -> Payload:
    """Numbers are texts in 1.6, which the repairs know; units have another place."""
    values = told.get("meterValue")
    for value in values if isinstance(values, list) else ():
        sampled = value.get("sampledValue") if isinstance(value, dict) else None
        for each in sampled if isinstance(sampled, list) else ():
            if isinstance(each, dict) and "unit" in each:
                each["unitOfMeasure"] = {"unit": each.pop("unit")}
    return {"evseId": told["connectorId"], "meterValue": values}


SHAPES: dict[str, tuple[str, Callable[[Payload], Payload]]] = {
    "BootNotification": ("chargePointVendor", _boot),
    "StatusNotification": ("status", _status),
    "Authorize": ("idTag", _authorize),
    "MeterValues": ("connectorId", _meter_values),
}
