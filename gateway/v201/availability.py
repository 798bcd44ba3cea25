"""OCPP 2.0.1 block G: status of connectors, change availability; N07 events of availability."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import ConnectorStatusEnumType, OperationalStatusEnumType

from gateway.exchange import Exchange
from gateway.routing import Call, Facts
from gateway.v201.routes import on, sends
from stations.commands import ChangeAvailability
from stations.reports import StatusReport
from stations.states import ConnectorStatus

# Occupied says nothing of why: None, and the session tells.
STATUSES: dict[str, ConnectorStatus | None] = {
    ConnectorStatusEnumType.available: ConnectorStatus.AVAILABLE,
    ConnectorStatusEnumType.occupied: None,
    ConnectorStatusEnumType.reserved: ConnectorStatus.RESERVED,
    ConnectorStatusEnumType.unavailable: ConnectorStatus.UNAVAILABLE,
    ConnectorStatusEnumType.faulted: ConnectorStatus.FAULTED,
}


@on("StatusNotification")
async def on_status_notification(
    exchange: Exchange,
    *,
    connector_status: str,
    evse_id: int = 0,
    connector_id: int = 1,
    timestamp: str | None = None,
    **_: Any,
) -> call_result.StatusNotification:
    """G01. EVSE 0 is the station itself."""
    await _record(exchange, evse_id, connector_id, connector_status, exchange.parse_time(timestamp))
    return call_result.StatusNotification()


@on("NotifyEvent")
async def on_notify_event(
    exchange: Exchange, *, event_data: Sequence[Mapping[str, Any]] = (), **_: Any
) -> call_result.NotifyEvent:
    """G01.FR.07: availability may come as an event of AvailabilityState. Other events stay in the wire log."""
    for event in event_data:
        component, state = event["component"], event.get("actualValue", "")
        if event["variable"]["name"] == "AvailabilityState" and state in STATUSES:
            evse = component.get("evse") or {}
            at = exchange.parse_time(event.get("timestamp"))
            await _record(exchange, evse.get("id", 0), evse.get("connectorId", 1), state, at)
    return call_result.NotifyEvent()


async def _record(exchange: Exchange, evse_number: int, connector_number: int, word: str, at: datetime) -> None:
    await exchange.link.gateway.ingest.commit(
        StatusReport(
            station_id=exchange.station.station_id,
            evse_number=exchange.place(evse_number),
            connector_number=exchange.place(connector_number or 1) if evse_number else 0,
            status=STATUSES[word],
            reported_at=at,
            received_at=exchange.received_at,
        )
    )


@sends(ChangeAvailability, "ChangeAvailability")
def send_change_availability(request: ChangeAvailability, facts: Facts) -> Call:
    """G03, G04. Without an EVSE: the whole station."""
    status = OperationalStatusEnumType.operative if request.operative else OperationalStatusEnumType.inoperative
    payload: dict[str, Any] = {"operationalStatus": status}
    if request.evse_number is not None:
        payload["evse"] = {"id": request.evse_number}
        if request.connector_number is not None:
            payload["evse"]["connectorId"] = request.connector_number
    return Call("ChangeAvailability", payload)
