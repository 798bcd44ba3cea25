"""What the work of a job is given: a place to tell how far it is, and to hear that it shall stop."""

import json
import time
from typing import Any

from django.core.files.base import File
from django.db import connection
from django.utils import timezone

from jobs.errors import JobCancelled
from jobs.models import Job
from jobs.states import JobStatus

EACH_S = 0.5
MAX_LINES = 500
MAX_LINE = 300


class Run:
    """Progress is told on a connection of its own: the work may be one transaction, which nobody sees into."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.total = 0
        self.done = 0
        self._told_at = 0.0
        self._lines = 0
        self._aside = connection.copy()

    def begin(self, total: int) -> None:
        self.total = total
        self._tell()

    def advance(self, steps: int = 1) -> None:
        """Raises JobCancelled when somebody asked for it."""
        self.done = min(self.done + steps, self.total)
        if time.monotonic() - self._told_at >= EACH_S:
            self._tell()

    def log(self, text: str) -> None:
        self._lines += 1
        if self._lines <= MAX_LINES:
            line = {"at": timezone.now().isoformat(), "text": text[:MAX_LINE]}
            self._aside_update("log = log || %s::jsonb", json.dumps([line]))

    def keep_result(self, name: str, content: "File[Any]") -> None:
        self.job.result.save(name, content, save=False)
        self.job.result_name = name

    def close(self) -> None:
        self._aside.close()

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        row = self._aside_update("done = %s, total = %s", self.done, self.total)
        if row is not None and row[0] is not None:
            raise JobCancelled

    def _aside_update(self, change: str, *values: Any) -> Any:
        """The moment at which cancelling was asked for, in a tuple; None when the job is not running any more."""
        with self._aside.cursor() as cursor:
            cursor.execute(
                f"UPDATE {Job._meta.db_table} SET {change} WHERE id = %s AND status = %s RETURNING cancel_asked_at",  # noqa: S608
                [*values, self.job.pk, JobStatus.RUNNING],
            )
            return cursor.fetchone()
