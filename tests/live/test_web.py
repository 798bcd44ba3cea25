"""The web process as a neighbour of the others: what it takes, it gives back."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

from django.db import connection

from accounts.models import User
from tests.web import WebUnderTest, session_of


def open_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        (count,) = cursor.fetchone()
    return int(count)


def test_a_request_leaves_no_database_connection_behind(web: WebUnderTest, olga: User) -> None:
    """PostgreSQL has a hundred for everybody."""
    before = open_connections()
    cookie = {"Cookie": f"sessionid={session_of(olga)}"}

    def ask(_: int) -> int:
        with urlopen(Request(f"{web.url}/admin/drivers/driver/", headers=cookie), timeout=30) as answer:  # noqa: S310
            return int(answer.status)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(24))) == {200}
    deadline = time.monotonic() + 10
    while (after := open_connections()) > before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert after <= before
