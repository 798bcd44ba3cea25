"""What a row says, field by field in readable words, so that the audit trail can tell before from after."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Field, ForeignKey, Model

from accounts.console.quantities import exact

HIDDEN = "••••"
SECRET_WORDS = ("password", "secret", "hash")
MAX_TEXT = 500


class Value(NamedTuple):
    """What is compared, and what of it may be shown: two secrets look the same."""

    raw: Any
    shown: str


Values = dict[str, Value]
NOTHING = Value(None, "")


def values_of(row: Model) -> Values:
    """By readable names. A model says in ``masked_fields`` which fields are personal data, and how each is shown."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    return {_name(field): Value(getattr(row, field.attname), _shown(row, field)) for field in fields}


def stored(row: Model) -> Values:
    """What the database says about the row now."""
    before = type(row)._base_manager.filter(pk=row.pk).first()
    return values_of(before) if before else {}


def differences(before: Values, after: Values) -> dict[str, dict[str, str]]:
    names = [*before, *(name for name in after if name not in before)]
    pairs = {name: (before.get(name, NOTHING), after.get(name, NOTHING)) for name in names}
    return {
        name: {"before": old.shown, "after": new.shown}
        for name, (old, new) in pairs.items()
        if old.raw != new.raw and (old.raw or new.raw)
    }


def _name(field: "Field[Any, Any]") -> str:
    name = str(field.verbose_name)
    return name[:1].upper() + name[1:]


def _shown(row: Model, field: "Field[Any, Any]") -> str:
    value = getattr(row, field.attname)
    if value is None or value == "":
        return ""
    if any(word in field.name for word in SECRET_WORDS):
        return HIDDEN
    masked = getattr(row, "masked_fields", {})
    if field.name in masked:
        return str(masked[field.name](str(value)))
    return _readable(row, field, value)[:MAX_TEXT]


def _readable(row: Model, field: "Field[Any, Any]", value: Any) -> str:
    if isinstance(field, ForeignKey):
        return str(getattr(row, field.name))
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return exact(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
