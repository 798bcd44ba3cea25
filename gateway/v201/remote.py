"""OCPP 2.0.1 block F: remote start and stop, unlock, trigger."""

from typing import Any

from ocpp.v201.enums import MessageTriggerEnumType

from charging.commands import RemoteStart, RemoteStop
from gateway.routing import Call, Facts
from gateway.v201.routes import sends
from stations.commands import Trigger, TriggerMessage, UnlockConnector

TRIGGERS = {
    Trigger.BOOT_NOTIFICATION: MessageTriggerEnumType.boot_notification,
    Trigger.HEARTBEAT: MessageTriggerEnumType.heartbeat,
    Trigger.STATUS_NOTIFICATION: MessageTriggerEnumType.status_notification,
    Trigger.METER_VALUES: MessageTriggerEnumType.meter_values,
    Trigger.TRANSACTION_EVENT: MessageTriggerEnumType.transaction_event,
    Trigger.FIRMWARE_STATUS: MessageTriggerEnumType.firmware_status_notification,
    Trigger.LOG_STATUS: MessageTriggerEnumType.log_status_notification,
}


@sends(RemoteStart, "RequestStartTransaction")
def send_request_start(request: RemoteStart, facts: Facts) -> Call:
    """F01, F02. The remote start id comes back in the transaction's first event."""
    payload: dict[str, Any] = {
        "idToken": {"idToken": request.token, "type": request.token_type},
        "remoteStartId": request.remote_start_id,
    }
    if request.evse_number is not None:
        payload["evseId"] = request.evse_number
    if request.group_id:
        payload["groupIdToken"] = {"idToken": request.group_id, "type": "Central"}
    return Call("RequestStartTransaction", payload)


@sends(RemoteStop, "RequestStopTransaction")
def send_request_stop(request: RemoteStop, facts: Facts) -> Call:
    """F03."""
    return Call("RequestStopTransaction", {"transactionId": request.transaction_id})


@sends(UnlockConnector, "UnlockConnector")
def send_unlock_connector(request: UnlockConnector, facts: Facts) -> Call:
    """F05."""
    return Call("UnlockConnector", {"evseId": request.evse_number, "connectorId": request.connector_number})


@sends(TriggerMessage, "TriggerMessage")
def send_trigger_message(request: TriggerMessage, facts: Facts) -> Call:
    """F06. A status is asked of a connector, not of an EVSE (F06.FR.13)."""
    payload: dict[str, Any] = {"requestedMessage": TRIGGERS[request.message]}
    if request.evse_number is not None:
        payload["evse"] = {"id": request.evse_number}
        if request.message == Trigger.STATUS_NOTIFICATION:
            payload["evse"]["connectorId"] = request.connector_number or 1
    return Call("TriggerMessage", payload)
