"""What we accept although the schema says no. Each repair has a name (stations/repairs.py) and is recorded.

Here: a payload that does not fit its schema; the text of a frame that is no JSON is mended in gateway/texts.py. A
repair never invents energy, a person or a time of its own: what it cannot mend is refused, or accepted as missing for
the domain to judge.
"""

import hashlib
import math
import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import jsonschema_rs
import orjson

from gateway import schemas
from gateway.shapes import in_shape_of_2
from gateway.times import format_time
from gateway.units import PHASES
from stations.repairs import Repair
from stations.states import OcppVersion

MAX_ROUNDS = 20
# Finding all that is wrong costs 20 µs an error: a frame full of errors must not hold up the other stations.
MENDING_S = 0.2

# Properties that may be missing: the domain decides what their absence means.
MAY_BE_MISSING = frozenset(
    {
        "meterStart",
        "meterStop",
        "idTag",
        "transactionId",
        "sampledValue",
        "value",
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
# OCPP's own are shorter.
LONGEST_WORD = 50
TOKENS = frozenset({"idTag", "idToken", "parentIdTag"})
SIGNED = frozenset({"signedMeterData", "publicKey"})
MEASURAND_WITH_PHASE = re.compile(r"(?P<measurand>[A-Za-z.]+?)[.-](?P<phase>(?:L[123]|N)(?:-(?:L[123]|N))?)")
OLD_STATUSES = {"occupied": "Preparing", "unavailable": "Unavailable", "reserved": "Reserved"}

Path = list[Any]
Mend = Callable[[jsonschema_rs.ValidationError, Any, Path], Repair | None]


class PayloadMender:
    """Mends one payload in place until it fits its schema, or says why it cannot."""

    def __init__(
        self, version: OcppVersion, action: str, payload: Any, *, received_at: datetime, is_response: bool = False
    ) -> None:
        self.version = version
        self.action = "" if is_response else action
        self.schema = schemas.schema(version, action, is_response=is_response)
        self.check = schemas.validator(version, action, is_response=is_response)
        self.payload = payload
        self.received_at = received_at
        self.repairs: list[str] = []
        self.tolerated: set[tuple[str, str]] = set()
        self.gone: set[tuple[str | int, ...]] = set()
        """Places that this round has changed so that other errors in them mean nothing any more."""

    def mend(self) -> jsonschema_rs.ValidationError | None:
        """Returns the first error that could not be mended, or None."""
        if self.version != OcppVersion.V16 and in_shape_of_2(self.action, self.payload):
            self.repairs.append(Repair.SHAPE_OF_16)
        ends_at = time.monotonic() + MENDING_S
        for _ in range(MAX_ROUNDS):
            errors = [
                error for error in self.check.iter_errors(self.payload) if self._place(error) not in self.tolerated
            ]
            if not errors:
                return None
            refused = self._mend_all(errors)
            if refused is not None:
                return refused
            if time.monotonic() > ends_at:
                break
        return errors[0]

    def _mend_all(self, errors: list[jsonschema_rs.ValidationError]) -> jsonschema_rs.ValidationError | None:
        """One round: every error whose place is still there. Returns the first that cannot be mended."""
        self.gone.clear()
        # Misspelt names first: what seems to be missing may be there under another case.
        for error in sorted(errors, key=lambda error: error.kind.name != "additionalProperties"):
            path = list(error.instance_path)
            if self.gone and any(tuple(path[:length]) in self.gone for length in range(len(path) + 1)):
                continue
            repair = self._mend_one(error, path)
            if repair is None:
                return error
            if repair not in self.repairs:
                self.repairs.append(repair)
        return None

    def _place(self, error: jsonschema_rs.ValidationError) -> tuple[str, str]:
        name = _fact(error, "property") if error.kind.name == "required" else error.kind.name
        return "/".join(map(str, error.instance_path)), str(name)

    def _tolerate(self, error: jsonschema_rs.ValidationError, repair: Repair) -> Repair:
        self.tolerated.add(self._place(error))
        return repair

    def _mend_one(self, error: jsonschema_rs.ValidationError, path: Path) -> Repair | None:
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
        place = path[: path.index("customData")]
        del _at(self.payload, place)["customData"]
        self.gone.add((*place, "customData"))
        return Repair.CUSTOM_DATA_INVALID

    def _unknown_property(self, error: jsonschema_rs.ValidationError, value: Any, path: Path) -> Repair:
        right = {name.lower(): name for name in self._properties(path) if name not in value}
        misspelt = {name: right[name.lower()] for name in _fact(error, "unexpected") if name.lower() in right}
        for name in _fact(error, "unexpected"):
            told = value.pop(name)
            if name in misspelt:
                value[misspelt[name]] = told
        if not misspelt:
            return Repair.UNKNOWN_PROPERTY
        self.gone.add(tuple(path))  # what was missed may be there now
        return Repair.LETTER_CASE

    def _properties(self, path: Path) -> Iterable[str]:
        """The names that the schema knows at a place."""
        shape = self.schema
        for step in path:
            shape = shape.get("items", {}) if isinstance(step, int) else shape.get("properties", {}).get(step, {})
            shape = schemas.resolved(self.schema, shape)
        names: dict[str, Any] = shape.get("properties", {})
        return names

    def _too_long(self, error: jsonschema_rs.ValidationError, value: Any, path: Path) -> Repair:
        if path[-1] in TOKENS:
            return self._tolerate(error, Repair.TOKEN_TOO_LONG)
        if path[-1] in SIGNED:
            return self._tolerate(error, Repair.SIGNED_DATA_TOO_LONG)
        limit = _fact(error, "limit")
        self._replace(path, _distinct(value, limit) if path[-1] == "transactionId" else value[:limit])
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
        if name == "measurand" and self._take_phase_out(path):
            return Repair.MEASURAND_NOTATION
        if isinstance(value, str):
            # It is kept in columns, and in memory as long as others like it are heard (gateway/units.py).
            self._replace(path, value[:LONGEST_WORD])
        return self._tolerate(error, Repair.UNKNOWN_WORD)

    def _take_phase_out(self, path: Path) -> bool:
        """``Current.Import.L1`` and ``Voltage-L1-N``: a measurand and its phase in one word."""
        sampled = _at(self.payload, path[:-1])
        found = MEASURAND_WITH_PHASE.fullmatch(str(sampled["measurand"]))
        if found is None or found["phase"] not in PHASES:
            return False
        sampled["measurand"] = found["measurand"]
        sampled.setdefault("phase", found["phase"])
        return True

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
            container[:] = [item for item in container if item is not None and item != "null"]
            self.gone.add(tuple(path[:-1]))  # the others have new places
        else:
            del container[path[-1]]
            self.gone.add(tuple(path))
        return Repair.NULL_DROPPED

    def _replace(self, path: Path, value: Any) -> None:
        _at(self.payload, path[:-1])[path[-1]] = value


def _distinct(text: str, limit: int) -> str:
    """Cut so that two long ids that begin alike stay two."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{text[: limit - len(digest) - 1]}~{digest}"


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
    if number is None or isinstance(value, bool) or not math.isfinite(number[0]):
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
