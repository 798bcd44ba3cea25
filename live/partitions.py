"""Tables that are partitioned by time: what is over is dropped as a whole instead of deleted row by row.

A partition holds a day or a month and is made ahead of its time. What fits none (a station whose clock says 1970 or
2090) is kept in the default partition, so nothing is refused for its time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from django.db import connection, transaction
from psycopg import sql

# A query that reads the table for long must not make the gateways wait behind us: we try again at the next run.
LOCK_WAIT_MS = 2000
AT_ONCE = 50_000


class Step(Enum):
    DAY = "day"
    MONTH = "month"

    def begin(self, day: date) -> date:
        return day if self is Step.DAY else day.replace(day=1)

    def after(self, begin: date) -> date:
        return begin + timedelta(days=1) if self is Step.DAY else (begin + timedelta(days=31)).replace(day=1)


@dataclass(frozen=True)
class PartitionedTable:
    """``time_column`` decides about the partition; ``ahead`` is how many steps are made in advance."""

    name: str
    time_column: str
    step: Step
    ahead: int

    @property
    def default(self) -> str:
        return f"{self.name}_default"

    def partition(self, begin: date) -> str:
        return f"{self.name}_p{begin:%Y%m%d}"


def make_partitions(table: PartitionedTable, now: datetime) -> list[str]:
    """Make this step's partition and those ahead; rows of theirs in the default one move. Returns their names.

    A step that has begun in the default partition ends there: to move its rows would make those who write wait.
    """
    have = set(_begins(table))
    begin = table.step.begin(now.astimezone(UTC).date())
    made: list[str] = []
    for number in range(table.ahead + 1):
        if begin not in have and (number or not _has_begun(table, begin)):
            _make(table, begin)
            made.append(table.partition(begin))
        begin = table.step.after(begin)
    return made


def drop_partitions(table: PartitionedTable, before: datetime) -> list[str]:
    """Drop partitions that are wholly over, and delete what the default one holds of that time. Returns names."""
    over = [begin for begin in _begins(table) if _midnight(table.step.after(begin)) <= before]
    for begin in over:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}")
            cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table.partition(begin))))
    _empty_default(table, before)
    return [table.partition(begin) for begin in over]


def _begins(table: PartitionedTable) -> Iterator[date]:
    """The begins of the partitions there are, oldest first, read from their names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1", [table.name]
        )
        names = [name for (name,) in cursor.fetchall()]
    prefix = f"{table.name}_p"
    for name in names:
        if name.startswith(prefix):
            yield datetime.strptime(name.removeprefix(prefix), "%Y%m%d").replace(tzinfo=UTC).date()


def _has_begun(table: PartitionedTable, begin: date) -> bool:
    asked = sql.SQL("SELECT EXISTS (SELECT FROM {default} WHERE {time} >= {begin} AND {time} < {end})")
    with connection.cursor() as cursor:
        cursor.execute(asked.format(**_names(table, begin)))
        return bool(cursor.fetchone()[0])


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _make(table: PartitionedTable, begin: date) -> None:
    """Built beside the table and attached when it is whole; nobody can write into the default one meanwhile."""
    names = _names(table, begin)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}")
        for statement in MAKE:
            cursor.execute(sql.SQL(statement).format(**names))


def _names(table: PartitionedTable, begin: date) -> dict[str, sql.Composable]:
    return {
        "parent": sql.Identifier(table.name),
        "default": sql.Identifier(table.default),
        "partition": sql.Identifier(table.partition(begin)),
        "time": sql.Identifier(table.time_column),
        "begin": sql.Literal(_midnight(begin)),
        "end": sql.Literal(_midnight(table.step.after(begin))),
    }


MAKE = (
    "LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE",
    "CREATE TABLE {partition} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)",
    "WITH moved AS (DELETE FROM {default} WHERE {time} >= {begin} AND {time} < {end} RETURNING *) "
    "INSERT INTO {partition} SELECT * FROM moved",
    "ALTER TABLE {parent} ATTACH PARTITION {partition} FOR VALUES FROM ({begin}) TO ({end})",
)


def _empty_default(table: PartitionedTable, before: datetime) -> None:
    """In slices: a day of a large network in one transaction would hold its locks and its space for minutes."""
    statement = sql.SQL(
        "DELETE FROM {default} WHERE ctid IN (SELECT ctid FROM {default} WHERE {time} < {before} LIMIT {at_once})"
    ).format(
        default=sql.Identifier(table.default),
        time=sql.Identifier(table.time_column),
        before=sql.Literal(before),
        at_once=sql.Literal(AT_ONCE),
    )
    deleted = AT_ONCE
    while deleted == AT_ONCE:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            deleted = cursor.rowcount


def convert(table: PartitionedTable, primary_key: str) -> None:
    """For migrations: an ordinary table becomes the default partition of one that is partitioned; no row is copied.

    ``primary_key`` is a list of columns and holds the time column. A number that counts up goes on where it was.
    """
    with connection.cursor() as cursor:
        for statement in _convert(table, primary_key, **_facts(table)):
            cursor.execute(statement)


def _facts(table: PartitionedTable) -> dict[str, list[tuple[str, str]]]:
    """The definitions of a table's indexes and keys, by name; its identity column, with the next number."""
    asked = {
        "indexes": "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = %s::regclass AND NOT indisprimary",
        "own_key": "SELECT conname, contype::text FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'",
        "foreign_keys": "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype = 'f'",
        "identities": "SELECT attname::text, attidentity::text FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attidentity <> ''",
    }
    facts: dict[str, list[tuple[str, str]]] = {}
    with connection.cursor() as cursor:
        for name, question in asked.items():
            cursor.execute(question, [table.name])
            facts[name] = cursor.fetchall()
    return facts


def _convert(
    table: PartitionedTable,
    primary_key: str,
    *,
    indexes: list[tuple[str, str]],
    own_key: list[tuple[str, str]],
    foreign_keys: list[tuple[str, str]],
    identities: list[tuple[str, str]],
) -> Iterator[str]:
    name, default = table.name, table.default
    yield f"ALTER TABLE {name} RENAME TO {default}"
    for index, _ in indexes:
        yield f"ALTER INDEX {index} RENAME TO {index[:54]}_default"
    for key, _ in own_key:
        yield f"ALTER TABLE {default} DROP CONSTRAINT {key}"
    yield f"ALTER TABLE {default} ADD PRIMARY KEY ({primary_key})"
    for column, _ in identities:
        yield f"ALTER TABLE {default} ALTER {column} DROP IDENTITY"
    yield f"CREATE TABLE {name} (LIKE {default} INCLUDING CONSTRAINTS) PARTITION BY RANGE ({table.time_column})"
    for column, _ in identities:
        sequence = f"{name}_{column}_numbers"
        yield f"CREATE SEQUENCE {sequence} OWNED BY {name}.{column}"
        yield f"SELECT setval('{sequence}', (SELECT coalesce(max({column}), 0) + 1 FROM {default}), false)"  # noqa: S608
        yield f"ALTER TABLE {name} ALTER {column} SET DEFAULT nextval('{sequence}')"
    yield f"ALTER TABLE {name} ADD PRIMARY KEY ({primary_key})"
    yield from (definition for _, definition in indexes)
    for key, definition in foreign_keys:
        yield f"ALTER TABLE {name} ADD CONSTRAINT {key} {definition}"
    yield f"ALTER TABLE {name} ATTACH PARTITION {default} DEFAULT"
