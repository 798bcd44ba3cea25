"""Between what was typed into a form made from an official JSON schema, and the payload.

A draft is what was typed, in the shape of the payload: texts in lists and dicts.
"""

from datetime import UTC, datetime
from typing import Any

from accounts.console.quantities import zone
from gateway.schemas import Schema, resolved
from stations.problems import Path, written

PREFIX = "f"
LEFT_OUT = "customData"
MOST_ITEMS = 300
LEFT_BLANK = object()


def kind_of(schema: Schema) -> str:
    if "enum" in schema:
        return "choice"
    if schema.get("format") == "date-time":
        return "time"
    kinds = {"object": "object", "array": "list", "integer": "integer", "number": "number", "boolean": "boolean"}
    return kinds.get(schema.get("type", ""), "text")


def properties(schema: Schema) -> dict[str, Schema]:
    return {name: shape for name, shape in schema.get("properties", {}).items() if name != LEFT_OUT}


class Tree:
    """The schema of one action, and the zone in which its times are typed."""

    def __init__(self, schema: Schema, zone_name: str) -> None:
        self.root = schema
        self.zone = zone(zone_name)

    # From the form to a draft.

    def draft_of_input(self, data: Any) -> Any:
        """From inputs named ``f.chargingProfile.stackLevel``."""
        nested: dict[str, Any] = {}
        for name in data:
            first, *parts = name.split(".")
            if first == PREFIX and parts:
                _put(nested, parts, data[name])
        return self._shaped(self.root, nested)

    def _shaped(self, schema: Schema, raw: Any) -> Any:
        schema = resolved(self.root, schema)
        match kind_of(schema):
            case "object":
                found = raw if isinstance(raw, dict) else {}
                return {
                    name: self._shaped(part, found[name]) for name, part in properties(schema).items() if name in found
                }
            case "list":
                found = raw if isinstance(raw, dict) else {}
                numbers = sorted(
                    (key for key in found if key.isascii() and key.isdecimal()), key=lambda key: (len(key), key)
                )
                items = [self._shaped(schema["items"], found[key]) for key in numbers[:MOST_ITEMS]]
                return [item for item in items if isinstance(item, dict | list) or item]
            case _:
                return raw if isinstance(raw, str) else ""

    # From a draft to the payload, and back.

    def payload_of(self, draft: Any) -> dict[str, Any]:
        payload = self._value(self.root, draft, is_required=True)
        return payload if isinstance(payload, dict) else {}

    def _value(self, schema: Schema, draft: Any, *, is_required: bool) -> Any:
        """LEFT_BLANK for what is optional and blank; a text that is no number stays a text, which the check tells."""
        schema = resolved(self.root, schema)
        if not is_required and is_blank(draft):
            return LEFT_BLANK
        match kind_of(schema):
            case "object":
                return self._object(schema, draft or {})
            case "list":
                values = [self._value(schema["items"], item, is_required=True) for item in draft or ()]
                return [value for value in values if value is not LEFT_BLANK]
            case kind:
                return LEFT_BLANK if is_blank(draft) else self._typed(kind, str(draft))

    def _object(self, schema: Schema, draft: dict[str, Any]) -> dict[str, Any]:
        required = schema.get("required", ())
        values = {
            name: self._value(shape, draft.get(name), is_required=name in required)
            for name, shape in properties(schema).items()
        }
        return {name: value for name, value in values.items() if value is not LEFT_BLANK}

    def _typed(self, kind: str, text: str) -> Any:
        match kind:
            case "integer" | "number":
                return _number(text.strip(), kind)
            case "boolean":
                return {"true": True, "false": False}.get(text, text)
            case "time":
                return self._utc(text.strip())
        return text.replace("\r\n", "\n")

    def _utc(self, text: str) -> str:
        try:
            at = datetime.fromisoformat(text)
            at = at if at.tzinfo else at.replace(tzinfo=self.zone)
            return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (ValueError, OverflowError):
            return text

    def draft_of_payload(self, payload: Any) -> Any:
        return self._drafted(self.root, payload)

    def _drafted(self, schema: Schema, value: Any) -> Any:
        schema = resolved(self.root, schema)
        match kind_of(schema):
            case "object":
                found = value if isinstance(value, dict) else {}
                return {
                    name: self._drafted(part, found[name]) for name, part in properties(schema).items() if name in found
                }
            case "list":
                return [
                    self._drafted(schema["items"], item)
                    for item in (value if isinstance(value, list) else ())[:MOST_ITEMS]
                ]
            case "boolean":
                return {True: "true", False: "false"}.get(value, "") if isinstance(value, bool) else ""
            case "time":
                return self._local(value)
        return "" if isinstance(value, dict | list) or value is None else str(value)

    def _local(self, value: Any) -> str:
        try:
            return datetime.fromisoformat(str(value)).astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S")
        except (ValueError, OverflowError):
            return str(value)

    def holds(self, payload: Any) -> bool:
        """Whether the form can show everything that is in the payload."""
        return leaves(payload) <= leaves(self.payload_of(self.draft_of_payload(payload)))


def is_index(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5


def _put(nested: dict[str, Any], parts: list[str], value: str) -> None:
    """A trailing empty part only says that the object or list before it is there."""
    for part in parts[:-1]:
        below = nested.setdefault(part, {})
        if not isinstance(below, dict):
            return
        nested = below
    if parts[-1] and not isinstance(nested.get(parts[-1]), dict):
        nested[parts[-1]] = value


def _number(text: str, kind: str) -> Any:
    try:
        number = float(text)
        return int(text) if kind == "integer" else (int(number) if number.is_integer() else number)
    except (ValueError, OverflowError):
        return text


def is_blank(draft: Any) -> bool:
    if isinstance(draft, dict):
        return all(map(is_blank, draft.values()))
    if isinstance(draft, list):
        return all(map(is_blank, draft))
    return draft is None or draft == ""


def leaves(value: Any, path: Path = ()) -> set[tuple[str, str]]:
    if isinstance(value, dict):
        return {leaf for name, each in value.items() for leaf in leaves(each, (*path, name))}
    if isinstance(value, list):
        return {leaf for index, each in enumerate(value) for leaf in leaves(each, (*path, index))}
    same = float(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else value
    return {(written(path), repr(same))}
