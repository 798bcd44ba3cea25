"""The form of one action of one OCPP version, as fields or as JSON; switching keeps what was typed."""

import json
from typing import Any

from django.http import QueryDict

from csms.console.actions import ACTIONS
from csms.console.schemafields import Field, fields_of
from csms.console.schematree import Tree, is_index
from gateway import schemas
from stations.commands import RawCall
from stations.problems import Path, Problem, check_request
from stations.states import OcppVersion

FIELDS, JSON = "fields", "json"
LONGEST_TEXT = 500_000


class NotJson(Exception):
    """The text is no JSON object; the sentence says where."""


class ActionForm:
    def __init__(
        self,
        version: OcppVersion,
        action: str,
        zone_name: str,
        data: QueryDict | None = None,
        payload: dict[str, Any] | None = None,
    ) -> None:
        self.version = version
        self.action = ACTIONS[action]
        self.zone_name = zone_name
        self.tree = Tree(schemas.schema(version, action), zone_name)
        self.mode = FIELDS
        self.payload: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self.errors: list[str] = []
        self.fields: list[Field] = []
        self.text = ""
        if data is not None:
            self._read(data)
        else:
            self._show(self.tree.draft_of_payload(payload) if payload else None)

    @property
    def is_valid(self) -> bool:
        return not self.errors and not self.problems

    def request(self) -> RawCall:
        return RawCall(self.action.name, self.payload)

    def check(self) -> bool:
        """Whether it can be sent; what stands in the way is shown where it is."""
        if not self.errors:
            self.problems = check_request(self.version, self.action.name, self.payload)
            self.errors = [str(problem) for problem in self.problems] if self.mode == JSON else []
            self._show(self.tree.draft_of_payload(self.payload) if self.mode == JSON else self.draft)
        return self.is_valid

    def _read(self, data: QueryDict) -> None:
        self.mode = JSON if data.get("mode") == JSON else FIELDS
        if self.mode == JSON:
            self.text = data.get("json", "")
            try:
                self.payload = loads(self.text)
            except NotJson as error:
                self.errors = [str(error)]
            return
        self.draft = self.tree.draft_of_input(data)
        self.payload = self.tree.payload_of(self.draft)
        self._show(self.draft)

    def switch(self) -> None:
        """To JSON always; back to fields only if they can show all of it."""
        if self.mode == FIELDS:
            self.mode, self.text = JSON, json.dumps(self.payload, indent=2, ensure_ascii=False)
        elif not self.errors and not self.tree.holds(self.payload):
            self.errors = ["The fields cannot show all of this: something here is no field, or of another type."]
        elif not self.errors:
            self.mode = FIELDS
            self._show(self.tree.draft_of_payload(self.payload))

    def _show(self, draft: Any) -> None:
        self.draft = draft
        if self.mode == FIELDS:
            self.fields, self.errors = fields_of(self.tree, draft, self.problems)


def loads(text: str) -> dict[str, Any]:
    """A JSON object, strictly."""
    if len(text) > LONGEST_TEXT:
        raise NotJson("This is longer than any message a station takes.")
    try:
        payload = json.loads(text or "{}", parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotJson(f"This is no JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from error
    except (ValueError, RecursionError) as error:
        raise NotJson("This is no JSON that a station could read.") from error
    if not isinstance(payload, dict):
        raise NotJson("A payload is a JSON object: { … }.")
    return payload


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def path_of(key: str) -> Path:
    """``chargingProfile.chargingSchedule.0`` from an address."""
    return tuple(int(each) if is_index(each) else each for each in key.split("."))
