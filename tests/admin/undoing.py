"""What a request wrote, seen in its statements, and undone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, transaction

WRITE = re.compile(r'(?:WITH .*?)?(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"', re.DOTALL)
VERBS = {"INSERT INTO": "add", "UPDATE": "change", "DELETE FROM": "delete"}
# Written for everybody: what was done, with which browser, and what programs are told of it.
OWN = re.compile(
    r"api_event|django_session|django_admin_log|accounts_audit\w+|accounts_usersession|account_\w+|mfa_\w+|axes_\w+|.*saved\w+"
)


@contextmanager
def undone() -> Iterator[list[str]]:
    """The statements. Django's own way to keep them writes each with its values, which nobody reads."""
    statements: list[str] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(keep):
            yield statements
        transaction.set_rollback(True)


def written(statements: list[str]) -> set[tuple[str, str]]:
    """The verbs and the models (``app.model``) of the statements."""
    found = map(WRITE.match, statements)
    return {(VERBS[match[1]], _models()[match[2]]) for match in found if match and not OWN.fullmatch(match[2])}


@cache
def _models() -> dict[str, str]:
    return {model._meta.db_table: model._meta.label_lower for model in apps.get_models()}
