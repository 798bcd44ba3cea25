"""What a station said to each value it was asked to take: the answers of ChangeConfiguration and SetVariables."""

from collections.abc import Iterator
from typing import Any

from stations.commands import VariableName
from stations.models import Command
from stations.states import ChangeResult

RESULTS = {
    "Accepted": ChangeResult.ACCEPTED,
    "RebootRequired": ChangeResult.REBOOT_REQUIRED,
    "NotSupported": ChangeResult.NOT_SUPPORTED,
    "NotSupportedAttributeType": ChangeResult.NOT_SUPPORTED,
    "UnknownComponent": ChangeResult.UNKNOWN,
    "UnknownVariable": ChangeResult.UNKNOWN,
}

Key = tuple[Any, ...]


def key_of(name: VariableName) -> Key:
    """Names have no case."""
    parts = (name.component, name.component_instance, name.evse_number, name.connector_number)
    whole = (*parts, name.name, name.instance, name.attribute)
    return tuple(part.casefold() if isinstance(part, str) else part for part in whole)


def results_of(command: Command) -> dict[Key, ChangeResult]:
    """By variable; empty while there is no answer."""
    payloads, responses = _listed(command.payload), _listed(command.response)
    return {key: result for pair in zip(payloads, responses, strict=False) for key, result in _results(*pair)}


def _listed(told: Any) -> list[dict[str, Any]]:
    if isinstance(told, list):
        return told
    return [told] if isinstance(told, dict) else []


def _results(payload: dict[str, Any], response: dict[str, Any]) -> Iterator[tuple[Key, ChangeResult]]:
    if "key" in payload:
        yield key_of(VariableName(payload["key"])), _result(response.get("status"))
    for item in response.get("setVariableResult") or ():
        yield key_of(_named(item)), _result(item.get("attributeStatus"))


def _result(word: Any) -> ChangeResult:
    return RESULTS.get(str(word), ChangeResult.REJECTED)


def _named(item: dict[str, Any]) -> VariableName:
    component, variable = item["component"], item["variable"]
    evse = component.get("evse") or {}
    return VariableName(
        name=variable["name"],
        component=component["name"],
        component_instance=component.get("instance", ""),
        evse_number=evse.get("id"),
        connector_number=evse.get("connectorId"),
        instance=variable.get("instance", ""),
        attribute=item.get("attributeType", "Actual"),
    )
