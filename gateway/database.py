"""A database that cannot store now: it is waited for, and the operator is told why."""

from collections import Counter
from threading import Lock

import psycopg
from django.db import Error, InterfaceError, OperationalError

AWAY = "database does not answer"
CHANGED = "database was changed meanwhile"
# PostgreSQL, appendix A. Of these a replica that was not promoted (25006) is no OperationalError.
REASONS = {
    "25006": "database takes no changes, as a replica does",
    "53100": "database has a full disk",
    "53300": "database has no connection left",
}
# Where PostgreSQL finds that a migration changed what a prepared statement gives; the next try prepares it anew. Its
# code (0A000) says only that something is not supported.
FINDS_CHANGES = "RevalidateCachedQuery"
# A value too large for an index stays so.
LIMITS = "54"

waits: Counter[str] = Counter()
"""How often something was tried in vain since this process started, by reason."""
_lock = Lock()


def reason_to_wait(error: Error) -> str | None:
    """Why it may work later; None: the statement is at fault, and would fail for ever."""
    sqlstate = getattr(error.__cause__, "sqlstate", None) or ""
    if sqlstate in REASONS:
        return REASONS[sqlstate]
    if isinstance(error.__cause__, psycopg.Error) and error.__cause__.diag.source_function == FINDS_CHANGES:
        return CHANGED
    may_pass = isinstance(error, OperationalError | InterfaceError) and not sqlstate.startswith(LIMITS)
    return AWAY if may_pass else None


def note_wait(reason: str) -> None:
    with _lock:
        waits[reason] += 1
