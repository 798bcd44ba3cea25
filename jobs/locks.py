"""Who works on a job holds a lock of its connection: when the worker dies, PostgreSQL lets go by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# First half of the key of our advisory locks: "jobs".
LOCK_SPACE = 0x6A6F6273


@contextmanager
def held(job_id: int) -> Iterator[bool]:
    """Whether nobody else works on the job; while inside, nobody else does."""
    key = [LOCK_SPACE, job_id % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        (is_mine,) = cursor.fetchone()
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
