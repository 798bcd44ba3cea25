"""OCPP 2.x B07 GetBaseReport and B08 GetReport, answered by NotifyReport in parts."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.v2.device_model import Place, places
from simulator.v2.variables import matches_variable

if TYPE_CHECKING:
    from simulator.charger import Charger

ITEMS_PER_PART = 20
SUMMARY = frozenset({"AvailabilityState", "Available", "Problem"})


def get_base_report(charger: "Charger", payload: Payload) -> Payload:
    kind = payload["reportBase"]
    if kind == "FullInventory":
        wanted = list(places(charger))
    elif kind == "ConfigurationInventory":
        wanted = [place for place in places(charger) if place.variable.is_writable]
    elif kind == "SummaryInventory":
        wanted = [place for place in places(charger) if place.variable.name in SUMMARY]
    else:
        return {"status": "NotSupported"}
    return _report(charger, int(payload["requestId"]), wanted)


def get_report(charger: "Charger", payload: Payload) -> Payload:
    wanted = [place for place in places(charger) if _is_asked(charger, place, payload)]
    return _report(charger, int(payload["requestId"]), wanted)


def _is_asked(charger: "Charger", place: Place, payload: Payload) -> bool:
    """Any of the criteria and any of the component-variables, where they are given."""
    criteria, asked = payload.get("componentCriteria"), payload.get("componentVariable")
    if criteria and not (place.variable.name in criteria and place.value(charger) == "true"):
        return False
    return not asked or any(_matches(place, item) for item in asked)


def _matches(place: Place, item: Payload) -> bool:
    """An EVSE or a variable that is left out matches all."""
    component, variable = item["component"], item.get("variable")
    where = component.get("evse", {})
    if place.variable.component.casefold() != component["name"].casefold():
        return False
    if where.get("id") not in {None, place.evse.number if place.evse else None}:
        return False
    if where.get("connectorId") not in {None, place.connector}:
        return False
    return variable is None or matches_variable(place.variable, variable)


def _report(charger: "Charger", request_id: int, wanted: list[Place]) -> Payload:
    if not wanted:
        return {"status": "EmptyResultSet"}
    charger.afterwards(lambda: _send(charger, request_id, wanted))
    return {"status": "Accepted"}


async def _send(charger: "Charger", request_id: int, wanted: list[Place]) -> None:
    parts = [wanted[start : start + ITEMS_PER_PART] for start in range(0, len(wanted), ITEMS_PER_PART)]
    for number, part in enumerate(parts):
        await charger.tell(
            "NotifyReport",
            {
                "requestId": request_id,
                "generatedAt": charger.timestamp(),
                "seqNo": number,
                "tbc": number < len(parts) - 1,
                "reportData": [_entry(charger, place) for place in part],
            },
        )


def _entry(charger: "Charger", place: Place) -> Payload:
    variable = place.variable
    component: Payload = {"name": variable.component}
    if place.evse:
        component["evse"] = {"id": place.evse.number, **({"connectorId": place.connector} if place.connector else {})}
    attribute: Payload = {"type": "Actual", "mutability": variable.mutability, "persistent": variable.is_writable}
    if variable.mutability != "WriteOnly":
        attribute["value"] = place.value(charger)
    name: Payload = {"name": variable.name, **({"instance": variable.instance} if variable.instance else {})}
    return {
        "component": component,
        "variable": name,
        "variableAttribute": [attribute],
        "variableCharacteristics": _characteristics(place),
    }


def _characteristics(place: Place) -> Payload:
    variable = place.variable
    characteristics: Payload = {"dataType": variable.data_type, "supportsMonitoring": False}
    if variable.unit:
        characteristics["unit"] = variable.unit
    if variable.values:
        characteristics["valuesList"] = variable.values
    if variable.maximum is not None:
        characteristics["maxLimit"] = variable.maximum
    if variable.name == "Power" and place.evse:
        characteristics["maxLimit"] = place.evse.spec.max_power_w
    return characteristics


HANDLERS: dict[str, Handler] = {"GetBaseReport": get_base_report, "GetReport": get_report}
