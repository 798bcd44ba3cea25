"""Waiting until another transaction waits for ours."""

import time

from django.db import connection

WAITERS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def until_somebody_waits_for_us(timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        with connection.cursor() as cursor:
            cursor.execute(WAITERS)
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < deadline, f"nobody waited within {timeout_s:g} s"
        time.sleep(0.02)
