"""What we accept although the schema says no. Each repair has a name (stations/repairs.py) and is recorded.

Two stages: the text of a frame that is no JSON, and a payload that does not fit its schema. A repair never invents
energy, a person or a time of its own: what it cannot mend is refused, or accepted as missing for the domain to judge.
"""

import re
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import orjson

from gateway import schemas
from gateway.times import format_time
from stations.repairs import Repair
from stations.states import OcppVersion

MAX_ROUNDS = 20

# Properties that may be missing: the domain decides what their absence means.
MAY_BE_MISSING = frozenset(
    {
        "meterStart",
        "meterStop",
        "idTag",
        "transactionId",
        "sampledValue",
        "chargePointVendor",
        "chargePointModel",
        "vendorName",
        "model",
        "seqNo",
        "triggerReason",
        "evseId",
        "reason",
    }
)
TOKENS = frozenset({"idTag", "idToken", "parentIdTag"})
OLD_STATUSES = {"occupied": "Preparing", "unavailable": "Unavailable", "reserved": "Reserved"}

Path = list[Any]
Mend = Callable[[jsonschema_rs.ValidationError, Any, Path], Repair | None]


def read_text(data: bytes | str, repairs: list[str]) -> str:
    """The text of a frame, whatever bytes it came as."""
    if isinstance(data, bytes):
        repairs.append(Repair.BINARY_FRAME)
        text = data.decode("utf-8", errors="replace")
    else:
        text = data
    if "\ufffd" in text:
        repairs.append(Repair.NOT_UTF8)
    return text


def loads(text: str, repairs: list[str]) -> Any:
    """The JSON of a frame. Raises orjson.JSONDecodeError if it cannot be mended."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return orjson.loads(_mend_text(text, repairs))


def _mend_text(text: str, repairs: list[str]) -> str:
    stripped = text.strip("\ufeff\x00 \t\r\n")
    if stripped != text.strip():
        repairs.append(Repair.BYTE_ORDER_MARK)
    without_gaps = re.sub(r":(\s*)(?=[,}\]])", r":null\1", stripped)
    if without_gaps != stripped:
        repairs.append(Repair.VALUE_LEFT_OUT)
    without_commas = re.sub(r"^,+\s*|(?<=[\[{])\s*,|,\s*(?=[\]}])", "", without_gaps)
    if without_commas != without_gaps:
        repairs.append(Repair.STRAY_COMMA)
    return without_commas


class PayloadMender:
    """Mends one payload in place until it fits its schema, or says why it cannot."""

    def __init__(self, version: OcppVersion, action: str, payload: Any, *, received_at: Any) -> None:
        self.version = version
        self.action = action
        self.payload = payload
        self.received_at = received_at
        self.repairs: list[str] = []
        self.tolerated: set[tuple[str, str]] = set()

    def mend(self) -> jsonschema_rs.ValidationError | None:
        """Returns the first error that could not be mended, or None."""
        check = schemas.validator(self.version, self.action)
        for _ in range(MAX_ROUNDS):
            errors = [error for error in check.iter_errors(self.payload) if self._place(error) not in self.tolerated]
            if not errors:
                return None
            for error in errors:
                repair = self._mend_one(error)
                if repair is None:
                    return error
                if repair not in self.repairs:
                    self.repairs.append(repair)
                if repair is not Repair.LIST_EMPTY and error.kind.name in {"type", "additionalProperties"}:
                    break  # the shape changed: look again before the other errors
        return errors[0]

    def _place(self, error: jsonschema_rs.ValidationError) -> tuple[str, str]:
        name = _fact(error, "property") if error.kind.name == "required" else error.kind.name
        return "/".join(map(str, error.instance_path)), str(name)

    def _tolerate(self, error: jsonschema_rs.ValidationError, repair: Repair) -> Repair:
        self.tolerated.add(self._place(error))
        return repair

    def _mend_one(self, error: jsonschema_rs.ValidationError) -> Repair | None:
        path = list(error.instance_path)
        if "customData" in path:
            return self._drop_custom_data(path)
        mend: Mend | None = {
            "additionalProperties": self._unknown_property,
            "maxLength": self._too_long,
            "type": self._wrong_type,
            "enum": self._unknown_word,
            "required": self._missing,
            "minItems": self._empty_list,
        }.get(error.kind.name)
        return mend(error, _at(self.payload, path), path) if mend else None

    def _drop_custom_data(self, path: Path) -> Repair:
        del _at(self.payload, path[: path.index("customData")])["customData"]
        return Repair.CUSTOM_DATA_INVALID

    def _unknown_property(self, error: jsonschema_rs.ValidationError, value: Any, path: Path) -> Repair:
        for name in _fact(error, "unexpected"):
            del value[name]
        return Repair.UNKNOWN_PROPERTY

    def _too_long(self, error: jsonschema_rs.ValidationError, value: Any, path: Path) -> Repair:
        if path[-1] in TOKENS:
            return self._tolerate(error, Repair.TOKEN_TOO_LONG)
        self._replace(path, value[: _fact(error, "limit")])
        return Repair.TEXT_TOO_LONG

    def _empty_list(self, error: jsonschema_rs.ValidationError, value: Any, path: Path) -> Repair:
        return self._tolerate(error, Repair.LIST_EMPTY)

    def _missing(self, error: jsonschema_rs.ValidationError, value: Any, path: Path) -> Repair | None:
        name = _fact(error, "property")
        if name == "timestamp":
            value[name] = format_time(self.received_at)
            return Repair.TIME_MISSING
        if name == "errorCode":
            value[name] = "NoError"
            return Repair.ERROR_CODE_MISSING
        if name == "connectorId" and self.version != OcppVersion.V16:
            value[name] = 1
            return Repair.CONNECTOR_MISSING
        return self._tolerate(error, Repair.REQUIRED_MISSING) if name in MAY_BE_MISSING else None

    def _unknown_word(self, error: jsonschema_rs.ValidationError, value: Any, path: Path) -> Repair | None:
        name = path[-1]
        words = {str(word).lower(): word for word in _fact(error, "options")}
        if isinstance(value, str) and value.lower() in words:
            self._replace(path, words[value.lower()])
            return Repair.LETTER_CASE
        if name in {"reason", "stoppedReason"} and "other" in words:
            self._replace(path, "Other")
            return Repair.UNKNOWN_REASON
        if name == "errorCode":
            self._replace(path, "OtherError")
            return Repair.UNKNOWN_ERROR_CODE
        if name == "status" and str(value).lower() in OLD_STATUSES:
            self._replace(path, OLD_STATUSES[str(value).lower()])
            return Repair.OLD_STATUS
        if name in {"status", "eventType", "connectorStatus"}:
            return None
        return self._tolerate(error, Repair.UNKNOWN_WORD)

    def _wrong_type(self, error: jsonschema_rs.ValidationError, value: Any, path: Path) -> Repair | None:
        if not path:
            return None
        if value is None or value == "null":
            return self._drop_null(path)
        wanted = _fact(error, "types")[0]
        converted = CONVERSIONS[wanted](value) if wanted in CONVERSIONS else None
        if converted is None:
            return None
        self._replace(path, converted[0])
        return converted[1]

    def _drop_null(self, path: Path) -> Repair:
        container = _at(self.payload, path[:-1])
        if isinstance(container, list):
            container.pop(path[-1])
        else:
            del container[path[-1]]
        return Repair.NULL_DROPPED

    def _replace(self, path: Path, value: Any) -> None:
        _at(self.payload, path[:-1])[path[-1]] = value


def _fact(error: jsonschema_rs.ValidationError, name: str) -> Any:
    """What the validator knows of its error: the property, the limit, the words allowed."""
    return getattr(error.kind, name)


def _at(payload: Any, path: Path) -> Any:
    for step in path:
        payload = payload[step]
    return payload


def _as_text(value: Any) -> tuple[Any, Repair] | None:
    if isinstance(value, bool):
        return str(value).lower(), Repair.NUMBER_AS_TEXT
    if isinstance(value, int | float):
        return str(value), Repair.NUMBER_AS_TEXT
    return orjson.dumps(value).decode(), Repair.OBJECT_AS_TEXT


def _as_number(value: Any) -> tuple[Any, Repair] | None:
    try:
        return float(str(value).replace(",", ".")), Repair.TEXT_AS_NUMBER
    except ValueError:
        return None


def _as_integer(value: Any) -> tuple[Any, Repair] | None:
    number = _as_number(value)
    if number is None or isinstance(value, bool):
        return None
    whole = round(number[0])
    if whole != number[0]:
        return whole, Repair.FRACTION_ROUNDED
    return whole, Repair.TEXT_AS_NUMBER


def _as_boolean(value: Any) -> tuple[Any, Repair] | None:
    truth = {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
    return None if truth is None else (truth, Repair.TEXT_AS_BOOLEAN)


def _as_list(value: Any) -> tuple[Any, Repair] | None:
    return ([value], Repair.OBJECT_AS_LIST) if isinstance(value, dict) else None


CONVERSIONS: dict[str, Callable[[Any], tuple[Any, Repair] | None]] = {
    "string": _as_text,
    "number": _as_number,
    "integer": _as_integer,
    "boolean": _as_boolean,
    "array": _as_list,
}
