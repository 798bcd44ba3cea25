"""OCPP 2.0.1 block F: remote start and stop, unlock, trigger."""

from collections.abc import Mapping
from typing import Any

from ocpp.v201.enums import MessageTriggerEnumType

from charging.commands import RemoteStart, RemoteStop
from gateway.charging_profiles import keep_answer, told_profile
from gateway.link import Link
from gateway.routing import Call, CannotSay, Facts
from gateway.v201.routes import after, sends
from gateway.v201.smartcharging import OF_PURPOSE, profile_payload
from stations.commands import ExtendedTriggerMessage, Trigger, TriggerMessage, UnlockConnector

TRIGGERS = {
    Trigger.BOOT_NOTIFICATION: MessageTriggerEnumType.boot_notification,
    Trigger.HEARTBEAT: MessageTriggerEnumType.heartbeat,
    Trigger.STATUS_NOTIFICATION: MessageTriggerEnumType.status_notification,
    Trigger.METER_VALUES: MessageTriggerEnumType.meter_values,
    Trigger.TRANSACTION_EVENT: MessageTriggerEnumType.transaction_event,
    Trigger.FIRMWARE_STATUS: MessageTriggerEnumType.firmware_status_notification,
    Trigger.LOG_STATUS: MessageTriggerEnumType.log_status_notification,
    Trigger.PUBLISH_FIRMWARE_STATUS: MessageTriggerEnumType.publish_firmware_status_notification,
    Trigger.SIGN_CERTIFICATE: MessageTriggerEnumType.sign_charging_station_certificate,
    Trigger.SIGN_V2G_CERTIFICATE: MessageTriggerEnumType.sign_v2g_certificate,
    Trigger.SIGN_COMBINED_CERTIFICATE: MessageTriggerEnumType.sign_combined_certificate,
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
    if request.profile is not None:
        payload["chargingProfile"] = profile_payload(request.profile)
    return Call("RequestStartTransaction", payload)


@after("RequestStartTransaction")
async def after_request_start(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """A profile that came with it is installed for the transaction that begins (K05)."""
    content = payload.get("chargingProfile")
    if content is None:
        return
    profile = told_profile(
        link,
        content,
        content["chargingSchedule"][0],
        number=content["id"],
        evse_number=payload.get("evseId", 0),
        purpose=OF_PURPOSE.get(content["chargingProfilePurpose"]),
    )
    await keep_answer(link, profile, response)


@sends(RemoteStop, "RequestStopTransaction")
def send_request_stop(request: RemoteStop, facts: Facts) -> Call:
    """F03."""
    return Call("RequestStopTransaction", {"transactionId": request.transaction_id})


@sends(UnlockConnector, "UnlockConnector")
def send_unlock_connector(request: UnlockConnector, facts: Facts) -> Call:
    """F05."""
    return Call("UnlockConnector", {"evseId": request.evse_number, "connectorId": request.connector_number})


@sends(TriggerMessage, "TriggerMessage")
@sends(ExtendedTriggerMessage, "TriggerMessage")
def send_trigger_message(request: TriggerMessage | ExtendedTriggerMessage, facts: Facts) -> Call:
    """F06. A status is asked of a connector, not of an EVSE (F06.FR.13)."""
    trigger = TRIGGERS.get(request.message)
    if trigger is None:
        raise CannotSay(f"OCPP 2.x cannot trigger {request.message}.")
    payload: dict[str, Any] = {"requestedMessage": trigger}
    if request.evse_number is not None:
        payload["evse"] = {"id": request.evse_number}
        if request.message == Trigger.STATUS_NOTIFICATION:
            payload["evse"]["connectorId"] = request.connector_number or 1
    return Call("TriggerMessage", payload)
