"""Valkey dies in the middle of load, with all it held: charging goes on, and commands come late instead of never."""

from collections.abc import Iterator
from typing import Any

import pytest

from csms.embedded.addresses import valkey_address
from live.redis import client
from stations.states import CommandStatus
from tests.faults.commanding import ask_all, outcomes
from tests.faults.conftest import MakeFleet, StartGateway
from tests.faults.servers import Victim, own_place, own_valkey
from tests.usecases.facts import kinds_of_anomalies


@pytest.fixture
def valkey(settings: Any) -> Iterator[Victim]:
    with own_place() as place, own_valkey(place) as victim:
        settings.REDIS_URL = valkey_address(place.base).url
        client.cache_clear()
        yield victim
    client.cache_clear()


async def test_killed_and_started_again(valkey: Victim, start_gateway: StartGateway, make_fleet: MakeFleet) -> None:
    gateway = await start_gateway(OCPP_LOOK_INTERVAL_S="1")
    fleet = await make_fleet(9, lambda: gateway.url)
    await fleet.work(50)
    valkey.kill()
    await ask_all()
    await fleet.work(30)
    assert await outcomes() == {CommandStatus.ACCEPTED}, "a gateway looks by itself"
    valkey.start()
    await ask_all()
    await fleet.work(30)
    assert await outcomes() == {CommandStatus.ACCEPTED}
    await fleet.finish()
    assert fleet.reconnects == 0
    assert await fleet.ledger.differences() == []
    assert await kinds_of_anomalies() == set()
