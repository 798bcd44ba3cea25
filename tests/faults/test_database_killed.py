"""PostgreSQL dies in the middle of load and stays away: nothing is acknowledged, sockets stay, nothing is lost."""

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from stations.models import Site
from tests.conftest import add_station
from tests.database import dump_of_today
from tests.faults.conftest import MakeFleet, StartGateway
from tests.faults.servers import Victim, forget_connection, own_place, own_postgres
from tests.gateway.socket import open_socket
from tests.usecases.facts import kinds_of_anomalies

# The issue says 30 s; the suite has less time.
AWAY_S = float(os.environ.get("DATABASE_AWAY_S", "2"))


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[Victim]:
    with django_db_blocker.unblock(), own_place() as place, own_postgres(place, dump_of_today()) as victim:
        yield victim


@pytest.fixture
def committed(database: Victim) -> None:
    """Everything in this module is on the server that will be killed, and goes with it."""


async def test_killed_and_away(
    database: Victim, harbour: Site, start_gateway: StartGateway, make_fleet: MakeFleet
) -> None:
    gateway = await start_gateway()
    await sync_to_async(add_station)(harbour, "idle")
    idle = await open_socket(gateway.url, "idle")
    fleet = await make_fleet(12, lambda: gateway.url)
    await fleet.work(100)
    database.kill()
    await forget_connection()
    for _ in range(10):
        assert (await idle.call("Heartbeat", {}))[0] == 3
    acknowledged = fleet.ledger.acknowledged
    await asyncio.sleep(AWAY_S)
    assert (await idle.call("Heartbeat", {}))[0] == 3
    assert fleet.ledger.acknowledged == acknowledged
    database.start()
    assert await fleet.ledger.lost() == []
    await fleet.work(50)
    await fleet.finish()
    assert fleet.reconnects == 0
    assert await fleet.ledger.differences() == []
    assert await kinds_of_anomalies() == set()
    await idle.connection.close()
