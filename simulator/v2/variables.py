"""OCPP 2.x B05 SetVariables and B06 GetVariables."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.v2.device_model import Place, Variable, places

if TYPE_CHECKING:
    from simulator.charger import Charger


def get_variables(charger: "Charger", payload: Payload) -> Payload:
    return {"getVariableResult": [_get(charger, item) for item in payload["getVariableData"]]}


def set_variables(charger: "Charger", payload: Payload) -> Payload:
    results = [_set(charger, item) for item in payload["setVariableData"]]
    charger.settings_changed()
    if any(item["variable"]["name"] == "BasicAuthPassword" for item in payload["setVariableData"]):
        charger.afterwards(charger.reconnect)
    return {"setVariableResult": results}


def _get(charger: "Charger", item: Payload) -> Payload:
    result = _echo(item)
    found = _find(charger, item)
    if isinstance(found, str):
        return {**result, "attributeStatus": found}
    if found.variable.mutability == "WriteOnly":
        return {**result, "attributeStatus": "Rejected"}
    return {**result, "attributeStatus": "Accepted", "attributeValue": found.value(charger)}


def _set(charger: "Charger", item: Payload) -> Payload:
    result = _echo(item)
    found = _find(charger, item)
    if isinstance(found, str):
        return {**result, "attributeStatus": found}
    if not found.variable.is_writable or not _assign(charger, found, item["attributeValue"]):
        return {**result, "attributeStatus": "Rejected"}
    return {**result, "attributeStatus": "RebootRequired" if found.variable.needs_reboot else "Accepted"}


def _echo(item: Payload) -> Payload:
    result: Payload = {"component": item["component"], "variable": item["variable"]}
    if "attributeType" in item:
        result["attributeType"] = item["attributeType"]
    return result


def _find(charger: "Charger", item: Payload) -> Place | str:
    """The variable asked for, or the status that says why there is none."""
    component, variable = item["component"], item["variable"]
    candidates = [place for place in places(charger) if matches_component(place, component)]
    if not candidates:
        return "UnknownComponent"
    named = [place for place in candidates if matches_variable(place.variable, variable)]
    if not named:
        return "UnknownVariable"
    return named[0] if item.get("attributeType", "Actual") == "Actual" else "NotSupportedAttributeType"


def matches_component(place: Place, component: Payload) -> bool:
    where: Payload = component.get("evse", {})
    here = (place.variable.component.casefold(), place.evse.number if place.evse else None, place.connector)
    return here == (component["name"].casefold(), where.get("id"), where.get("connectorId"))


def matches_variable(known: Variable, variable: Payload) -> bool:
    name: str = variable["name"]
    if known.name.casefold() != name.casefold():
        return False
    instance: str = variable.get("instance", "")
    return (known.instance or "").casefold() == instance.casefold()


def _assign(charger: "Charger", place: Place, text: str) -> bool:
    variable = place.variable
    if not _is_valid(variable, text):
        return False
    if variable.name == "NetworkConfigurationPriority":
        return charger.network.set_order(tuple(int(slot) for slot in text.split(",")))
    if variable.setting is None:
        charger.variables[place.key] = text
        return True
    value: str | int | bool = text
    if variable.data_type == "integer":
        value = int(text)
    elif variable.data_type == "boolean":
        value = text.lower() == "true"
    setattr(charger.settings, variable.setting, value)
    return True


def _is_valid(variable: Variable, text: str) -> bool:
    match variable.data_type:
        case "integer":
            return text.isdecimal()
        case "decimal":
            return text.replace(".", "", 1).isdecimal()
        case "boolean":
            return text.lower() in {"true", "false"}
        case "MemberList" | "SequenceList" | "OptionList" if variable.values:
            return {name.strip() for name in text.split(",") if name.strip()} <= set(variable.values.split(","))
        case _:
            return True


HANDLERS: dict[str, Handler] = {"GetVariables": get_variables, "SetVariables": set_variables}
