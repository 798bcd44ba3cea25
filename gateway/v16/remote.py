"""OCPP 1.6 §5.11 Remote Start, §5.12 Remote Stop, §5.17 Trigger Message, §5.18 Unlock Connector."""

from ocpp.v16.enums import MessageTrigger

from charging.commands import RemoteStart, RemoteStop
from gateway.routing import Call, CannotSay, Facts
from gateway.v16.routes import sends
from stations.commands import Trigger, TriggerMessage, UnlockConnector

LONGEST_TAG = 20
TRIGGERS = {
    Trigger.BOOT_NOTIFICATION: MessageTrigger.boot_notification,
    Trigger.HEARTBEAT: MessageTrigger.heartbeat,
    Trigger.STATUS_NOTIFICATION: MessageTrigger.status_notification,
    Trigger.METER_VALUES: MessageTrigger.meter_values,
    Trigger.FIRMWARE_STATUS: MessageTrigger.firmware_status_notification,
    Trigger.LOG_STATUS: MessageTrigger.diagnostics_status_notification,
}


@sends(RemoteStart, "RemoteStartTransaction")
def send_remote_start(request: RemoteStart, facts: Facts) -> Call:
    if len(request.token) > LONGEST_TAG:
        raise CannotSay(f"OCPP 1.6 takes tokens of at most {LONGEST_TAG} characters.")
    payload: dict[str, object] = {"idTag": request.token}
    if request.evse_number is not None:
        payload["connectorId"] = request.evse_number
    return Call("RemoteStartTransaction", payload)


@sends(RemoteStop, "RemoteStopTransaction")
def send_remote_stop(request: RemoteStop, facts: Facts) -> Call:
    if not request.transaction_id.isdecimal():
        raise CannotSay("The session began in another OCPP version; OCPP 1.6 has no words for its id.")
    return Call("RemoteStopTransaction", {"transactionId": int(request.transaction_id)})


@sends(UnlockConnector, "UnlockConnector")
def send_unlock_connector(request: UnlockConnector, facts: Facts) -> Call:
    return Call("UnlockConnector", {"connectorId": request.evse_number})


@sends(TriggerMessage, "TriggerMessage")
def send_trigger_message(request: TriggerMessage, facts: Facts) -> Call:
    trigger = TRIGGERS.get(request.message)
    if trigger is None:
        raise CannotSay(f"OCPP 1.6 cannot trigger {request.message}.")
    payload: dict[str, object] = {"requestedMessage": trigger}
    if request.evse_number is not None:
        payload["connectorId"] = request.evse_number
    return Call("TriggerMessage", payload)
