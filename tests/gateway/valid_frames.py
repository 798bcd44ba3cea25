"""One valid payload for every action a station may send, made from the official schemas."""

from functools import cache
from typing import Any

from gateway import schemas
from gateway.versions import ROUTES
from stations.states import OcppVersion

MOMENT = "2026-11-22T12:50:56Z"


def station_actions(version: str) -> list[str]:
    """Every action of which we do more in this version than to confirm it."""
    handlers = ROUTES[OcppVersion(version)].handlers
    return sorted(action for action, handler in handlers.items() if handler.__name__ != "on_notification")


@cache
def _schema(version: str, action: str) -> dict[str, Any]:
    return schemas.schema(OcppVersion(version), action)


def full_payload(version: str, action: str) -> Any:
    """A payload with every property the schema knows, required or not."""
    schema = _schema(version, action)
    return _value(schema, schema, "")


def _value(schema: dict[str, Any], root: dict[str, Any], name: str) -> Any:
    if "$ref" in schema:
        return _value(root["definitions"][schema["$ref"].rsplit("/", 1)[1]], root, name)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {key: _value(child, root, key) for key, child in properties.items()}
        case "array":
            return [_value(schema["items"], root, name)] * schema.get("minItems", 1)
        case "integer":
            return int(schema.get("minimum", 1))
        case "number":
            return float(min(1.5, schema.get("maximum", 1.5)))
        case "boolean":
            return False
        case _:
            return _text(schema, name)


def _text(schema: dict[str, Any], name: str) -> str:
    if schema.get("format") == "date-time":
        return MOMENT
    if name == "value":
        return "17"
    return "text"[: schema.get("maxLength", 4)]
