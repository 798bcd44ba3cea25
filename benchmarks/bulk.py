"""Rows by the million, made where they are stored: INSERT … SELECT over generate_series, indexes built afterwards."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Field, IntegerChoices, Model

if TYPE_CHECKING:
    AnyField = Field[Any, Any]
else:
    AnyField = Field


def run(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def fill(model: type[Model], source: str, /, **values: str) -> None:
    """One row for each of ``source``. Columns that are not named get the model's default."""
    columns = {field.attname: values.pop(field.attname, "") or _default(field) for field in model._meta.concrete_fields}
    if values:
        raise ValueError(f"{model.__name__} has no {', '.join(values)}")
    named = {column: value for column, value in columns.items() if value}
    target = ", ".join(f'"{column}"' for column in named)
    run(f"INSERT INTO {model._meta.db_table} ({target}) SELECT {', '.join(named.values())} FROM {source}")  # noqa: S608


def _default(field: AnyField) -> str:
    if field.null or (field.primary_key and not field.has_default()):
        return ""
    if getattr(field, "auto_now_add", False):
        return "now()"
    value = field.get_default()
    if isinstance(value, dict | list):
        return f"'{json.dumps(value)}'" if isinstance(value, dict) else "'{}'"
    if isinstance(value, datetime):
        return "now()"
    if isinstance(value, bool | int | float):
        return str(int(value)) if isinstance(value, IntegerChoices) else str(value)
    return f"'{value}'" if isinstance(value, str) else "gen_random_uuid()"


@contextmanager
def without_checks() -> Iterator[None]:
    """Foreign keys are not looked at: for as long as it lasts, and for superusers of the database only."""
    run("SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
    try:
        yield
    finally:
        run("RESET session_replication_role; RESET synchronous_commit; RESET maintenance_work_mem")


@contextmanager
def without_indexes(model: type[Model]) -> Iterator[None]:
    """They are built again at the end, which is many times faster than row by row."""
    table = model._meta.db_table
    constraints = run(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint c "  # noqa: S608
        f"WHERE conrelid = '{table}'::regclass AND contype IN ('p', 'u') "
        "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.conindid AND contype = 'f')"
    )
    for name, _ in constraints:
        run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    indexes = run(
        "SELECT relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON oid = indexrelid "  # noqa: S608
        f"WHERE indrelid = '{table}'::regclass "
        "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
    )
    for name, _ in indexes:
        run(f'DROP INDEX "{name}"')
    yield
    for name, definition in constraints:
        run(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for _, definition in indexes:
        run(definition.replace(" ON ONLY ", " ON "))  # of a partitioned table: on its partitions too


def finish(models: list[type[Model]]) -> None:
    """Sequences behind the last row, and what the planner must know."""
    for model in models:
        key = model._meta.pk
        if key.get_internal_type() == "BigAutoField":
            table = model._meta.db_table
            run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1)) FROM {table}")  # noqa: S608
    run("VACUUM (ANALYZE)")
