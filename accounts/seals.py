"""The seal of an audit event: SHA-256 over one canonical text of it. What is sealed never changes its form."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

SEALED = (
    *("organization_id", "position", "actor_id", "impersonator_id", "action", "object_type", "object_id"),
    *("object_label", "details", "address", "agent", "at", "previous_hash"),
)


def seal(columns: Mapping[str, Any]) -> str:
    """The hash of an event's columns; those that are not sealed, such as the hash itself, do not count."""
    return hashlib.sha256(canonical({name: columns[name] for name in SEALED}).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces; a time is UTC with microseconds."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_text)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"An audit event holds no {type(value).__name__}.")


def plain(value: Any) -> Any:
    """The same details as the database gives them back: only texts, whole numbers, truth values, lists and objects.

    A fraction becomes a text, because JSONB may write it differently; PostgreSQL takes no NUL in a text.
    """
    if isinstance(value, Mapping):
        return {str(plain(str(key))): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    return str(value).replace("\x00", "")
