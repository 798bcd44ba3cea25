"""The official JSON schemas, compiled once a process, for both directions.

The ``ocpp`` package ships the schema files. jsonschema-rs decides in microseconds whether a payload fits; formats are
not checked, because real timestamps are mended later (see times.py).
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import ocpp

from stations.states import OcppVersion

Schema = dict[str, Any]

FOLDERS = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}
# SEND (OCPP-J 2.1 §4.1.4) has no answer and so its schema has another name.
SENDS = frozenset({"NotifyPeriodicEventStream"})


def _folder(version: OcppVersion) -> Path:
    return Path(ocpp.__file__).parent / FOLDERS[version] / "schemas"


def _file_name(version: OcppVersion, action: str, *, is_response: bool) -> str:
    if is_response:
        return f"{action}Response.json"
    return f"{action}.json" if version == OcppVersion.V16 or action in SENDS else f"{action}Request.json"


@cache
def actions(version: OcppVersion) -> frozenset[str]:
    """Every action of the version that has a request schema."""
    names = {path.stem for path in _folder(version).glob("*.json")}
    if version == OcppVersion.V16:
        return frozenset(name for name in names if not name.endswith("Response"))
    return frozenset(name.removesuffix("Request") for name in names if not name.endswith("Response"))


@cache
def schema(version: OcppVersion, action: str, *, is_response: bool = False) -> dict[str, Any]:
    """The schema as shipped. Raises FileNotFoundError for an action the version does not have."""
    path = _folder(version) / _file_name(version, action, is_response=is_response)
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    return loaded


def resolved(root: Schema, schema: Schema) -> Schema:
    """The schema itself, or the definition it points to. OCPP's schemas point nowhere else and in no circle."""
    if "$ref" not in schema:
        return schema
    found: Schema = root["definitions"][schema["$ref"].rsplit("/", 1)[-1]]
    return found


@cache
def validator(version: OcppVersion, action: str, *, is_response: bool = False) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(schema(version, action, is_response=is_response), validate_formats=False)


class Validators(dict[str, jsonschema_rs.Draft4Validator]):
    """Of one version's requests by action, compiled at first need: a lookup without a call, for every message."""

    def __init__(self, version: OcppVersion) -> None:
        self.version = version

    def __missing__(self, action: str) -> jsonschema_rs.Draft4Validator:
        self[action] = validator(self.version, action)
        return self[action]


@cache
def validators(version: OcppVersion) -> Validators:
    return Validators(version)


def describe(error: jsonschema_rs.ValidationError) -> str:
    """What is wrong, in a sentence without the value: it may be a token."""
    place = "/".join(map(str, error.instance_path)) or "The payload"
    if error.kind.name == "required":
        return f"{place} has no {getattr(error.kind, 'property', 'property')}."
    return f"{place} breaks the schema's rule {error.kind.name}."


def first_error(
    version: OcppVersion, action: str, payload: Any, *, is_response: bool = False
) -> jsonschema_rs.ValidationError | None:
    """The first thing that is wrong with a payload, or None. (``iter_errors`` finds all before it gives one.)"""
    try:
        validator(version, action, is_response=is_response).validate(payload)
    except jsonschema_rs.ValidationError as error:
        # Its frames would hold it, and with it the payload until the next collection of garbage.
        return error.with_traceback(None)
    return None
