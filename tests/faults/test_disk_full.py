"""PostgreSQL has no space left: stations wait, nothing acknowledged is lost, and the operator is told.

The error is raised by PostgreSQL itself, with its own code, by triggers: it reaches us the way a full disk does.
"""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import Error, InternalError, OperationalError, ProgrammingError, connection
from psycopg import errors

from gateway.database import reason_to_wait
from tests.faults.conftest import MakeFleet, StartGateway
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest
from tests.usecases.facts import kinds_of_anomalies

FULL = """
    CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$
"""
TABLES = ("charging_session", "charging_meterreading", "stations_frame", "stations_gatewayprocess")


class Disk:
    @sync_to_async
    def fill(self) -> None:
        with connection.cursor() as cursor:
            for table in TABLES:
                before = f"BEFORE INSERT OR UPDATE ON {table}"
                cursor.execute(f"CREATE TRIGGER disk_full {before} FOR EACH ROW EXECUTE FUNCTION disk_full()")

    def empty(self) -> None:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DROP TRIGGER IF EXISTS disk_full ON {table}")


@pytest.fixture
def disk(committed: None) -> Iterator[Disk]:
    with connection.cursor() as cursor:
        cursor.execute(FULL)
    disk = Disk()
    yield disk
    disk.empty()
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION disk_full()")


async def test_stations_wait_and_the_operator_is_told(
    disk: Disk, start_gateway: StartGateway, make_fleet: MakeFleet
) -> None:
    gateway = await start_gateway(OCPP_LEASE_S="3")
    fleet = await make_fleet(9, lambda: gateway.url)
    await fleet.work(50)
    assert await _page(gateway, "readyz") == (200, "ok\n")
    await disk.fill()

    async def is_not_ready() -> bool:
        return (await _page(gateway, "readyz"))[0] == 503

    await eventually(is_not_ready, timeout_s=60)
    assert await fleet.ledger.lost() == []
    _, metrics = await _page(gateway, "metrics")
    assert 'csms_gateway_database_waits_total{reason="database has a full disk"}' in metrics
    assert "database has a full disk, " in gateway.output()
    await sync_to_async(disk.empty)()
    await fleet.work(30)
    await fleet.finish()
    assert fleet.closings == []
    assert await fleet.ledger.differences() == []
    assert await kinds_of_anomalies() == set()


async def _page(gateway: GatewayUnderTest, name: str) -> tuple[int, str]:
    def ask() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{gateway.port}/{name}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    return await asyncio.to_thread(ask)


@pytest.mark.parametrize(
    ("kind", "cause", "reason"),
    [
        (OperationalError, errors.DiskFull(), "database has a full disk"),
        (OperationalError, errors.AdminShutdown(), "database does not answer"),
        (OperationalError, errors.DeadlockDetected(), "database does not answer"),
        (OperationalError, errors.TooManyConnections(), "database has no connection left"),
        (InternalError, errors.ReadOnlySqlTransaction(), "database takes no changes, as a replica does"),
        (OperationalError, errors.ProgramLimitExceeded(), None),
        (ProgrammingError, errors.UndefinedTable(), None),
    ],
)
def test_what_is_waited_for(kind: type[Error], cause: Exception, reason: str | None) -> None:
    error = kind()
    error.__cause__ = cause
    assert reason_to_wait(error) == reason
