"""The fields of a form made from an official JSON schema: what each is called, means, holds and what is wrong with it.

Optional parts are closed until somebody opens them, so that the deepest schema is a short form at first.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from csms.console.schematree import MOST_ITEMS, PREFIX, Tree, kind_of, properties
from gateway.schemas import Schema, resolved
from stations.problems import Path, Problem, plain

LONGEST_LINE = 200

ACRONYMS = {
    word.lower(): word for word in ("EVSE", "id", "URI", "URL", "SoC", "EV", "CSMS", "OCSP", "DER", "APN", "VPN")
}
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# What the schemas carry besides words: references of the model, images, markup.
NO_WORDS = re.compile(
    r"^.*?urn:x-[\w:.-]+\s*|image::\S+\s*|<<[^>]*>>|\*\((?:2\.\d(?:\.\d)?)\)\*|[*`]|&lt;|&gt;", re.DOTALL
)


@dataclass
class Field:
    """One place in the form: a value, an object with fields, or a list with items."""

    kind: str
    name: str
    path: Path
    is_required: bool
    help: str = ""
    hint: str = ""
    value: str = ""
    choices: list[str] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    fields: list["Field"] = field(default_factory=list)
    is_open: bool = True
    can_grow: bool = False
    errors: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return readable(self.name)

    @property
    def input_name(self) -> str:
        return ".".join((PREFIX, *map(str, self.path)))

    @property
    def key(self) -> str:
        """The path in an address."""
        return ".".join(map(str, self.path))

    @property
    def item_number(self) -> int | None:
        return int(self.path[-1]) + 1 if self.path and isinstance(self.path[-1], int) else None

    @property
    def next_key(self) -> str:
        return f"{self.key}.{len(self.fields)}"

    def walk(self) -> list["Field"]:
        return [self, *(each for child in self.fields for each in child.walk())]


def readable(name: str) -> str:
    """``evseId`` is ``EVSE id``."""
    words = [ACRONYMS.get(word.lower(), word if word.isupper() else word.lower()) for word in WORDS.findall(name)]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def fields_of(tree: Tree, draft: Any, problems: list[Problem]) -> tuple[list[Field], list[str]]:
    """The fields with their errors, and the errors that have no field to be shown at."""
    whole = _field(tree, tree.root, "", (), draft or {}, is_required=True)
    places = {each.path: each for each in whole.walk()}
    homeless = []
    for problem in problems:
        if problem.path in places and problem.path:
            places[problem.path].errors.append(f"{places[problem.path].label} {problem.sentence}")
        else:
            homeless.append(str(problem))
    return whole.fields, homeless


def field_at(tree: Tree, path: Path, *, is_open: bool) -> Field | None:
    """One part on its own, opened or closed again; None if the schema has no such part."""
    schema, is_required, name = resolved(tree.root, tree.root), True, ""
    for part in path:
        kind = kind_of(schema)
        if kind == "object" and isinstance(part, str) and part in properties(schema):
            is_required, name = part in schema.get("required", ()), part
            schema = resolved(tree.root, schema["properties"][part])
        elif kind == "list" and isinstance(part, int) and part < MOST_ITEMS:
            is_required = True
            schema = resolved(tree.root, schema["items"])
        else:
            return None
    return _field(tree, schema, name, path, {} if is_open else None, is_required=is_required)


def _field(tree: Tree, schema: Schema, name: str, path: Path, draft: Any, *, is_required: bool) -> Field:
    schema = resolved(tree.root, schema)
    kind = kind_of(schema)
    made = Field(kind, name, path, is_required, help=explanation(schema), hint=hint(schema, kind))
    made.is_open = is_required or draft is not None
    match kind:
        case "object" if made.is_open:
            made.fields = _children(tree, schema, path, draft or {})
        case "list" if made.is_open:
            items = draft or [None] * min(schema.get("minItems", 1), 1)
            made.fields = [
                _field(tree, schema["items"], name, (*path, index), item, is_required=True)
                for index, item in enumerate(items)
            ]
        case "choice":
            made.choices = list(map(str, schema["enum"]))
    made.can_grow = kind == "list" and len(made.fields) < schema.get("maxItems", MOST_ITEMS)
    if kind not in ("object", "list"):
        made.value = draft if isinstance(draft, str) else suggestion(name, schema, is_required=is_required)
        made.limits = limits(schema, kind)
        if kind == "text" and schema.get("maxLength", LONGEST_LINE + 1) > LONGEST_LINE:
            made.kind = "paragraph"
    return made


def _children(tree: Tree, schema: Schema, path: Path, draft: dict[str, Any]) -> list[Field]:
    """The required ones first."""
    required = schema.get("required", ())
    children = [
        _field(tree, shape, name, (*path, name), draft.get(name), is_required=name in required)
        for name, shape in properties(schema).items()
    ]
    return sorted(children, key=lambda child: not child.is_required)


def suggestion(name: str, schema: Schema, *, is_required: bool) -> str:
    """A choice without alternative, and a fresh number where the station only gives it back."""
    if is_required and len(schema.get("enum", ())) == 1:
        return str(schema["enum"][0])
    if is_required and name == "requestId":
        return str(int(datetime.now(UTC).timestamp()))
    return ""


def explanation(schema: Schema) -> str:
    words = NO_WORDS.sub("", schema.get("description", "").replace("\r\n", "\n"))
    return " ".join(words.split())


def limits(schema: Schema, kind: str) -> dict[str, Any]:
    if kind in ("integer", "number"):
        bounds = {"min": schema.get("minimum"), "max": schema.get("maximum")}
        step = schema.get("multipleOf", "any") if kind == "number" else 1
        return {**{name: plain(bound) for name, bound in bounds.items() if bound is not None}, "step": step}
    return {"maxlength": schema["maxLength"]} if kind == "text" and "maxLength" in schema else {}


def hint(schema: Schema, kind: str) -> str:
    """The limits, in words."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if kind in ("integer", "number") and low is not None:
        return f"{plain(low)} to {plain(high)}" if high is not None else f"at least {plain(low)}"
    if kind in ("integer", "number") and high is not None:
        return f"at most {plain(high)}"
    if "maxLength" in schema:
        return f"up to {schema['maxLength']} characters"
    if kind == "list" and "maxItems" in schema:
        return f"up to {schema['maxItems']}"
    return ""
