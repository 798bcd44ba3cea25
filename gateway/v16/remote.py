"""OCPP 1.6 §5.11 Remote Start, §5.12 Remote Stop, §5.17 Trigger Message, §5.18 Unlock Connector."""

from collections.abc import Mapping
from string import hexdigits
from typing import Any

from ocpp.v16.enums import MessageTrigger

from charging.commands import RemoteStart, RemoteStop
from gateway.charging_profiles import keep_answer, told_profile
from gateway.link import Link
from gateway.routing import Call, CannotSay, Facts
from gateway.v16.routes import after, sends
from gateway.v16.smartcharging import OF_PURPOSE, profile_payload
from stations.commands import ExtendedTriggerMessage, Trigger, TriggerMessage, UnlockConnector
from stations.traits import Trait

LONGEST_TAG = 20
TRIGGERS = {
    Trigger.BOOT_NOTIFICATION: MessageTrigger.boot_notification,
    Trigger.HEARTBEAT: MessageTrigger.heartbeat,
    Trigger.STATUS_NOTIFICATION: MessageTrigger.status_notification,
    Trigger.METER_VALUES: MessageTrigger.meter_values,
    Trigger.FIRMWARE_STATUS: MessageTrigger.firmware_status_notification,
    Trigger.DIAGNOSTICS_STATUS: MessageTrigger.diagnostics_status_notification,
}
# Security whitepaper §6.16 MessageTriggerEnumType.
EXTENDED_TRIGGERS = {
    Trigger.BOOT_NOTIFICATION: "BootNotification",
    Trigger.HEARTBEAT: "Heartbeat",
    Trigger.STATUS_NOTIFICATION: "StatusNotification",
    Trigger.METER_VALUES: "MeterValues",
    Trigger.FIRMWARE_STATUS: "FirmwareStatusNotification",
    Trigger.LOG_STATUS: "LogStatusNotification",
    Trigger.SIGN_CERTIFICATE: "SignChargePointCertificate",
}


@sends(RemoteStart, "RemoteStartTransaction")
def send_remote_start(request: RemoteStart, facts: Facts) -> Call:
    if len(request.token) > LONGEST_TAG:
        raise CannotSay(f"OCPP 1.6 takes tokens of at most {LONGEST_TAG} characters.")
    if Trait.HEX_TOKENS in facts.traits and not set(request.token) <= set(hexdigits):
        raise CannotSay("This model takes only hexadecimal tokens.")
    payload: dict[str, object] = {"idTag": request.token}
    if request.evse_number is not None or Trait.WANTS_CONNECTOR in facts.traits:
        payload["connectorId"] = request.evse_number or 1
    if request.profile is not None:
        payload["chargingProfile"] = profile_payload(request.profile)
    return Call("RemoteStartTransaction", payload)


@after("RemoteStartTransaction")
async def after_remote_start(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """A profile that came with it is installed for the session that begins (§5.16.2)."""
    content = payload.get("chargingProfile")
    if content is None:
        return
    profile = told_profile(
        link,
        content,
        content["chargingSchedule"],
        number=content["chargingProfileId"],
        evse_number=payload.get("connectorId", 0),
        purpose=OF_PURPOSE.get(content["chargingProfilePurpose"]),
    )
    await keep_answer(link, profile, response)


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
    return Call("TriggerMessage", _trigger_payload(request, TRIGGERS.get(request.message)))


@sends(ExtendedTriggerMessage, "ExtendedTriggerMessage")
def send_extended_trigger_message(request: ExtendedTriggerMessage, facts: Facts) -> Call:
    return Call("ExtendedTriggerMessage", _trigger_payload(request, EXTENDED_TRIGGERS.get(request.message)))


def _trigger_payload(request: TriggerMessage | ExtendedTriggerMessage, word: str | None) -> dict[str, object]:
    if word is None:
        raise CannotSay(f"OCPP 1.6 cannot trigger {request.message} this way.")
    return {"requestedMessage": word} | ({} if request.evse_number is None else {"connectorId": request.evse_number})
