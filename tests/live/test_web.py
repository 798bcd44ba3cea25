"""The web process as a neighbour of the others: it takes no more than it needs."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

from django.db import connection

from accounts.models import User
from csms.threads import KEPT
from tests.web import WebUnderTest, session_of


def open_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        (count,) = cursor.fetchone()
    return int(count)


def test_requests_share_a_few_database_connections(web: WebUnderTest, olga: User) -> None:
    """PostgreSQL has a hundred for everybody."""
    before = open_connections()
    cookie = {"Cookie": f"sessionid={session_of(olga)}"}

    def ask(_: int) -> int:
        with urlopen(Request(f"{web.url}/admin/drivers/driver/", headers=cookie), timeout=30) as answer:  # noqa: S310
            return int(answer.status)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(3 * KEPT))) == {200}
    deadline = time.monotonic() + 10
    while (after := open_connections()) > before + KEPT and time.monotonic() < deadline:
        time.sleep(0.1)
    assert after <= before + KEPT
