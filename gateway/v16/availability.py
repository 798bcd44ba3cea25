"""OCPP 1.6 §4.9 Status Notification, §5.2 Change Availability."""

from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import AvailabilityType, ChargePointStatus

from gateway.exchange import Exchange
from gateway.routing import Call, Facts
from gateway.v16.routes import on, sends
from stations.commands import ChangeAvailability
from stations.reports import StatusReport
from stations.states import ConnectorStatus

STATUSES = {
    ChargePointStatus.available: ConnectorStatus.AVAILABLE,
    ChargePointStatus.preparing: ConnectorStatus.PREPARING,
    ChargePointStatus.charging: ConnectorStatus.CHARGING,
    ChargePointStatus.suspended_evse: ConnectorStatus.SUSPENDED_EVSE,
    ChargePointStatus.suspended_ev: ConnectorStatus.SUSPENDED_EV,
    ChargePointStatus.finishing: ConnectorStatus.FINISHING,
    ChargePointStatus.reserved: ConnectorStatus.RESERVED,
    ChargePointStatus.unavailable: ConnectorStatus.UNAVAILABLE,
    ChargePointStatus.faulted: ConnectorStatus.FAULTED,
}
NO_ERROR = "NoError"


@on("StatusNotification")
async def on_status_notification(
    exchange: Exchange,
    *,
    connector_id: int,
    status: str,
    error_code: str = NO_ERROR,
    info: str = "",
    timestamp: str | None = None,
    vendor_id: str = "",
    vendor_error_code: str = "",
    **_: Any,
) -> call_result.StatusNotification:
    """Connector 0 is the station itself."""
    report = StatusReport(
        station_id=exchange.station.station_id,
        evse_number=exchange.place(connector_id),
        connector_number=1 if connector_id else 0,
        status=STATUSES[ChargePointStatus(status)],
        reported_at=exchange.parse_time(timestamp) if timestamp else None,
        received_at=exchange.received_at,
        error_code="" if error_code == NO_ERROR else error_code,
        error_info=info,
        vendor_id=vendor_id,
        vendor_error_code=vendor_error_code,
    )
    await exchange.link.gateway.ingest.commit(report)
    return call_result.StatusNotification()


@sends(ChangeAvailability, "ChangeAvailability")
def send_change_availability(request: ChangeAvailability, facts: Facts) -> Call:
    kind = AvailabilityType.operative if request.operative else AvailabilityType.inoperative
    return Call("ChangeAvailability", {"connectorId": request.evse_number or 0, "type": kind})
