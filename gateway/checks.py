"""What is wrong with a request of ours, before it is queued: by the official schema, and where we are stricter.

Strict in what we send: times are UTC and end in Z, limits have at most one decimal, and nothing that a database or a
station could not read goes out.
"""

import math
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import jsonschema_rs

from gateway import schemas
from stations.problems import Path, Problem, plain
from stations.states import OcppVersion

MOST_PROBLEMS = 50
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# OCPP 1.6 §7.13, OCPP 2.x ChargingSchedulePeriodType: one digit after the point.
ONE_DECIMAL = frozenset({"limit", "minChargingRate"})


def check_request(version: OcppVersion, action: str, payload: Any) -> list[Problem]:
    """Every rule the payload breaks, at most ``MOST_PROBLEMS``; an empty list means that it can be sent."""
    if action not in schemas.actions(version):
        return [Problem((), "action", f"{action[:50]} is no action of {version.label}.")]
    if unreadable := list(_unreadable(payload, ())):
        return unreadable[:MOST_PROBLEMS]
    errors = schemas.validator(version, action).iter_errors(payload)
    problems = [problem for error in errors for problem in _problems_of(error)]
    shape = schemas.schema(version, action)
    problems += _too_loose(shape, shape, payload, ())
    return list({(problem.path, problem.rule): problem for problem in problems}.values())[:MOST_PROBLEMS]


def _problems_of(error: jsonschema_rs.ValidationError) -> list[Problem]:
    path: Path = tuple(error.instance_path)
    kind: Any = error.kind
    match kind.name:
        case "required":
            return [Problem((*path, kind.property), "required", "is required.")]
        case "additionalProperties":
            return [Problem((*path, name), kind.name, "is no field of this message.") for name in kind.unexpected]
    return [Problem(path, kind.name, _sentence(error))]


def _sentence(error: jsonschema_rs.ValidationError) -> str:
    kind: Any = error.kind
    match kind.name:
        case "enum":
            return f"must be one of {', '.join(map(str, kind.options))}."
        case "type":
            return f"must be {' or '.join(TYPES.get(name, name) for name in kind.types)}."
        case "maxLength":
            return f"is longer than {kind.limit} characters."
        case "minLength":
            return f"is shorter than {kind.limit} characters."
        case "minimum":
            return f"must be at least {plain(kind.limit)}."
        case "maximum":
            return f"must be at most {plain(kind.limit)}."
        case "minItems":
            return f"needs at least {kind.limit} {'entry' if kind.limit == 1 else 'entries'}."
        case "maxItems":
            return f"may have at most {kind.limit} {'entry' if kind.limit == 1 else 'entries'}."
        case "multipleOf":
            return f"must be a multiple of {plain(kind.multiple_of)}."
    return f"breaks the rule {kind.name} of the schema."


TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object: { … }",
}


def _unreadable(value: Any, path: Path) -> Iterator[Problem]:
    """What JSON or the database cannot hold."""
    if isinstance(value, dict):
        for name, each in value.items():
            if not _is_storable(name):
                yield Problem(path, "text", "has a name with a character that cannot be sent.")
                continue
            yield from _unreadable(each, (*path, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _unreadable(each, (*path, index))
    elif isinstance(value, str) and not _is_storable(value):
        yield Problem(path, "text", "has a character that cannot be sent.")
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(path, "number", "must be a finite number.")


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _too_loose(root: schemas.Schema, schema: schemas.Schema, value: Any, path: Path) -> Iterator[Problem]:
    """What the schema lets through and we do not."""
    schema = schemas.resolved(root, schema)
    if isinstance(value, dict):
        for name, shape in schema.get("properties", {}).items():
            if name in value:
                yield from _too_loose(root, shape, value[name], (*path, name))
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, each in enumerate(value):
            yield from _too_loose(root, schema["items"], each, (*path, index))
    elif isinstance(value, str) and schema.get("format") == "date-time" and not _is_utc(value):
        yield Problem(path, "date-time", "must be a UTC time such as 2026-11-22T13:03:11Z.")
    elif isinstance(value, float) and path[-1:] and path[-1] in ONE_DECIMAL and _decimals(value) > 1:
        yield Problem(path, "multipleOf", "may have one decimal at most.")


def _is_utc(text: str) -> bool:
    if not UTC_TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _decimals(value: float) -> int:
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
