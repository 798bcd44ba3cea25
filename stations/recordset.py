"""Many rows as one parameter of a statement, read there by PostgreSQL's ``json_to_recordset``."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson


def as_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows by the names of their columns; a list for each column would be quoted value by value, in Python."""
    return orjson.dumps(list(rows)).decode()
