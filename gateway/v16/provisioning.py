"""OCPP 1.6 §4.2 Boot Notification, §4.6 Heartbeat, §5.3 Change Configuration, §5.8 Get Configuration, §5.14 Reset."""

from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import RegistrationStatus as RegistrationWord
from ocpp.v16.enums import ResetType

from gateway.changes import RESULTS
from gateway.exchange import Exchange
from gateway.link import Link
from gateway.registration import register
from gateway.routing import Call, CannotSay, Facts
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.v16.routes import after, on, sends
from stations import services as stations
from stations.commands import GetBaseReport, GetVariables, Reset, ResetKind, SetVariables
from stations.models.variable import Mutability
from stations.reports import BootReport, ReportedVariable
from stations.secret_variables import is_secret
from stations.states import ChangeResult, RegistrationStatus
from stations.traits import Trait

# OCPP 1.6 §9.1: lists of measurands, separated by commas.
KEYS_OF_MEASURANDS = frozenset(
    {"metervaluessampleddata", "metervaluesaligneddata", "stoptxnsampleddata", "stoptxnaligneddata"}
)
FEW = 4
# Security whitepaper §7.2.
PASSWORD_KEY = "authorizationkey"  # noqa: S105 - a name
WORDS = {
    RegistrationStatus.ACCEPTED: RegistrationWord.accepted,
    RegistrationStatus.PENDING: RegistrationWord.pending,
    RegistrationStatus.REJECTED: RegistrationWord.rejected,
}


@on("BootNotification")
async def on_boot_notification(
    exchange: Exchange,
    *,
    charge_point_vendor: str = "",
    charge_point_model: str = "",
    charge_point_serial_number: str = "",
    charge_box_serial_number: str = "",
    firmware_version: str = "",
    meter_type: str = "",
    meter_serial_number: str = "",
    iccid: str = "",
    imsi: str = "",
    **_: Any,
) -> call_result.BootNotification:
    boot = BootReport(
        vendor=charge_point_vendor,
        model=charge_point_model,
        serial_number=charge_point_serial_number or charge_box_serial_number,
        firmware_version=firmware_version,
        meter_type=meter_type,
        meter_serial_number=meter_serial_number,
        iccid=iccid,
        imsi=imsi,
    )
    registration, interval_s = await register(exchange, boot)
    return call_result.BootNotification(
        current_time=format_time(exchange.received_at), interval=interval_s, status=WORDS[registration]
    )


@on("Heartbeat")
async def on_heartbeat(exchange: Exchange, **_: Any) -> call_result.Heartbeat:
    return call_result.Heartbeat(current_time=format_time(exchange.received_at))


@sends(Reset, "Reset")
def send_reset(request: Reset, facts: Facts) -> Call:
    if request.evse_number is not None:
        raise CannotSay("OCPP 1.6 resets the whole station, not one EVSE.")
    return Call("Reset", {"type": ResetType.hard if request.kind == ResetKind.HARD else ResetType.soft})


@sends(GetVariables, "GetConfiguration")
def send_get_configuration(request: GetVariables, facts: Facts) -> list[Call]:
    """Without names: all keys. A station says how many it takes at once in GetConfigurationMaxKeys."""
    keys = [variable.name for variable in request.variables]
    if not keys:
        return [Call("GetConfiguration")]
    size = facts.items_per_message.get("GetConfigurationMaxKeys", len(keys))
    return [Call("GetConfiguration", {"key": keys[start : start + size]}) for start in range(0, len(keys), size)]


@sends(GetBaseReport, "GetConfiguration")
def send_get_all_configuration(request: GetBaseReport, facts: Facts) -> Call:
    """1.6 has no reports: all configuration keys are what comes nearest."""
    return Call("GetConfiguration")


@sends(SetVariables, "ChangeConfiguration")
def send_change_configuration(request: SetVariables, facts: Facts) -> list[Call]:
    for each in request.values:
        names_measurands = each.variable.name.lower() in KEYS_OF_MEASURANDS
        if names_measurands and Trait.FEW_MEASURANDS in facts.traits and each.value.count(",") >= FEW:
            raise CannotSay(f"This model reboots when it is to send more than {FEW} measurands.")
    return [Call("ChangeConfiguration", {"key": each.variable.name, "value": each.value}) for each in request.values]


@after("GetConfiguration")
async def after_get_configuration(link: Link, payload: dict[str, Any], response: dict[str, Any]) -> None:
    variables = [
        ReportedVariable(
            name=item["key"],
            value=None if is_secret(item["key"]) else item.get("value"),
            mutability=_mutability(item),
        )
        for item in response.get("configurationKey") or ()
        if item["key"]
    ]
    await in_thread(stations.record_variables)(
        station_id=link.admission.station_id, variables=variables, at=link.last_heard_at
    )


def _mutability(item: dict[str, Any]) -> Mutability:
    if is_secret(item["key"]):
        return Mutability.WRITE_ONLY
    return Mutability.READ_ONLY if item.get("readonly") else Mutability.READ_WRITE


@after("ChangeConfiguration")
async def after_change_configuration(link: Link, payload: dict[str, Any], response: dict[str, Any]) -> None:
    if payload["key"].casefold() == PASSWORD_KEY:
        await in_thread(stations.settle_password)(
            station_id=link.admission.station_id,
            secret=payload["value"],
            result=RESULTS.get(str(response.get("status")), ChangeResult.REJECTED),
        )
    if response.get("status") != "Accepted" or is_secret(payload["key"]):
        return
    await in_thread(stations.record_values)(
        station_id=link.admission.station_id,
        variables=[ReportedVariable(name=payload["key"], value=payload["value"])],
        at=link.last_heard_at,
    )
