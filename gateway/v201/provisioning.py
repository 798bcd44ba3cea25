"""OCPP 2.0.1 block B: boot, heartbeat, variables, reports, reset."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ocpp.v201 import call_result
from ocpp.v201.enums import RegistrationStatusEnumType, ReportBaseEnumType, ResetEnumType

from gateway.changes import RESULTS
from gateway.exchange import HIGHEST_PLACE, Exchange
from gateway.link import Link
from gateway.registration import register
from gateway.routing import Call, CannotSay, Facts
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.v201.routes import after, on, sends
from stations import services as stations
from stations.commands import GetBaseReport, GetVariables, Reset, ResetKind, SetVariables, VariableName
from stations.models.variable import AttributeType, Mutability
from stations.reports import BootReport, ReportedVariable
from stations.secret_variables import is_secret
from stations.states import ChangeResult, RegistrationStatus

T = TypeVar("T")

ATTRIBUTES: dict[str | None, AttributeType] = {attribute.value: attribute for attribute in AttributeType}
MUTABILITIES: dict[str | None, Mutability] = {mutability.value: mutability for mutability in Mutability}

PASSWORD_VARIABLE = "basicauthpassword"  # noqa: S105 - a name
WORDS = {
    RegistrationStatus.ACCEPTED: RegistrationStatusEnumType.accepted,
    RegistrationStatus.PENDING: RegistrationStatusEnumType.pending,
    RegistrationStatus.REJECTED: RegistrationStatusEnumType.rejected,
}


@on("BootNotification")
async def on_boot_notification(
    exchange: Exchange, *, charging_station: Mapping[str, Any], reason: str = "", **_: Any
) -> call_result.BootNotification:
    """B01 to B03."""
    modem = charging_station.get("modem") or {}
    boot = BootReport(
        vendor=charging_station.get("vendorName", ""),
        model=charging_station.get("model", ""),
        serial_number=charging_station.get("serialNumber", ""),
        firmware_version=charging_station.get("firmwareVersion", ""),
        iccid=modem.get("iccid", ""),
        imsi=modem.get("imsi", ""),
        reason=reason[:30],
    )
    registration, interval_s = await register(exchange, boot)
    return call_result.BootNotification(
        current_time=format_time(exchange.received_at), interval=interval_s, status=WORDS[registration]
    )


@on("Heartbeat")
async def on_heartbeat(exchange: Exchange, **_: Any) -> call_result.Heartbeat:
    """G02."""
    return call_result.Heartbeat(current_time=format_time(exchange.received_at))


@on("NotifyReport")
async def on_notify_report(
    exchange: Exchange, *, report_data: Sequence[Mapping[str, Any]] = (), **_: Any
) -> call_result.NotifyReport:
    """B07, B08. Each part is kept as it comes: a report that never ends loses nothing."""
    variables = [variable for item in report_data if _has_place(item) for variable in _reported(item)]
    await in_thread(stations.record_variables)(
        station_id=exchange.station.station_id, variables=variables, at=exchange.received_at
    )
    return call_result.NotifyReport()


def _reported(item: Mapping[str, Any]) -> Iterator[ReportedVariable]:
    described = item.get("variableCharacteristics") or {}
    for attribute in item.get("variableAttribute") or ():
        yield ReportedVariable(
            **_place(item),
            value=attribute.get("value"),
            attribute=ATTRIBUTES.get(attribute.get("type"), AttributeType.ACTUAL),
            mutability=MUTABILITIES.get(attribute.get("mutability"), Mutability.READ_WRITE),
            unit=described.get("unit", ""),
            data_type=described.get("dataType", ""),
            values_list=described.get("valuesList", ""),
            min_limit=described.get("minLimit"),
            max_limit=described.get("maxLimit"),
        )


def _has_place(item: Mapping[str, Any]) -> bool:
    """Numbers that no EVSE can have: the frame is kept, the variable is not."""
    evse = item["component"].get("evse") or {}
    return all(0 <= evse.get(name, 0) <= HIGHEST_PLACE for name in ("id", "connectorId"))


def _place(item: Mapping[str, Any]) -> dict[str, Any]:
    """Component and variable of a report or result."""
    component, variable = item["component"], item["variable"]
    evse = component.get("evse") or {}
    return {
        "component": component["name"],
        "component_instance": component.get("instance", ""),
        "evse_number": evse.get("id"),
        "connector_number": evse.get("connectorId"),
        "name": variable["name"],
        "instance": variable.get("instance", ""),
    }


def _key(item: Mapping[str, Any]) -> tuple[Any, ...]:
    """By which a result is found: stations answer in any order, and names have no case (2.x ComponentType)."""
    place = (*_place(item).values(), item.get("attributeType", AttributeType.ACTUAL))
    return tuple(value.casefold() if isinstance(value, str) else value for value in place)


@sends(Reset, "Reset")
def send_reset(request: Reset, facts: Facts) -> Call:
    """B11, B12."""
    kind = ResetEnumType.immediate if request.kind == ResetKind.HARD else ResetEnumType.on_idle
    payload: dict[str, Any] = {"type": kind}
    if request.evse_number is not None:
        payload["evseId"] = request.evse_number
    return Call("Reset", payload)


@sends(GetBaseReport, "GetBaseReport")
def send_get_base_report(request: GetBaseReport, facts: Facts) -> Call:
    """B07."""
    return Call("GetBaseReport", {"requestId": facts.number, "reportBase": ReportBaseEnumType(request.base.value)})


@sends(GetVariables, "GetVariables")
def send_get_variables(request: GetVariables, facts: Facts) -> list[Call]:
    """B06. Never more than the station takes in one message (B06.FR.05)."""
    if not request.variables:
        raise CannotSay("OCPP 2.x asks for named variables; use a base report to get all.")
    items = [{**_names(variable), "attributeType": variable.attribute} for variable in request.variables]
    return [Call("GetVariables", {"getVariableData": part}) for part in _parts(items, facts, "GetVariables")]


@sends(SetVariables, "SetVariables")
def send_set_variables(request: SetVariables, facts: Facts) -> list[Call]:
    """B05. Never more than the station takes in one message (B05.FR.11)."""
    items = [
        {**_names(each.variable), "attributeType": each.variable.attribute, "attributeValue": each.value}
        for each in request.values
    ]
    return [Call("SetVariables", {"setVariableData": part}) for part in _parts(items, facts, "SetVariables")]


def _names(variable: VariableName) -> dict[str, Any]:
    if not variable.component:
        raise CannotSay(f"OCPP 2.x needs the component of {variable.name}.")
    component: dict[str, Any] = {"name": variable.component}
    if variable.component_instance:
        component["instance"] = variable.component_instance
    if variable.evse_number is not None:
        component["evse"] = {"id": variable.evse_number}
    if variable.evse_number is not None and variable.connector_number is not None:
        component["evse"]["connectorId"] = variable.connector_number
    named: dict[str, Any] = {"name": variable.name}
    if variable.instance:
        named["instance"] = variable.instance
    return {"component": component, "variable": named}


def _parts(items: list[T], facts: Facts, action: str) -> list[list[T]]:
    size = facts.items_per_message.get(action, len(items)) or len(items)
    return [items[start : start + size] for start in range(0, len(items), size)]


@after("GetVariables")
async def after_get_variables(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    variables = [
        ReportedVariable(
            **_place(item),
            value=item.get("attributeValue", ""),
            attribute=ATTRIBUTES.get(item.get("attributeType"), AttributeType.ACTUAL),
        )
        for item in response.get("getVariableResult") or ()
        if item.get("attributeStatus") == "Accepted" and _has_place(item)
    ]
    await in_thread(stations.record_values)(
        station_id=link.admission.station_id, variables=variables, at=link.last_heard_at
    )


@after("SetVariables")
async def after_set_variables(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """What was accepted is what the station has now; passwords are kept as a hash."""
    await _settle_password(link, payload, response)
    results = response.get("setVariableResult") or ()
    accepted = {_key(item) for item in results if item.get("attributeStatus") == "Accepted" and _has_place(item)}
    variables = [
        ReportedVariable(
            **_place(asked),
            value=asked["attributeValue"],
            attribute=ATTRIBUTES.get(asked.get("attributeType"), AttributeType.ACTUAL),
        )
        for asked in payload["setVariableData"]
        if _key(asked) in accepted and not is_secret(asked["variable"]["name"])
    ]
    await in_thread(stations.record_values)(
        station_id=link.admission.station_id, variables=variables, at=link.last_heard_at
    )


async def _settle_password(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """A01.FR.03, A01.FR.04."""
    said = {_key(item): item.get("attributeStatus") for item in response.get("setVariableResult") or ()}
    for item in payload["setVariableData"]:
        if item["variable"]["name"].casefold() == PASSWORD_VARIABLE:
            await in_thread(stations.settle_password)(
                station_id=link.admission.station_id,
                secret=item["attributeValue"],
                result=RESULTS.get(str(said.get(_key(item))), ChangeResult.REJECTED),
            )
