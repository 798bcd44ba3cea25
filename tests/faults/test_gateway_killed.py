"""``kill -9`` of a gateway in the middle of load: what was acknowledged is kept, and charging goes on at another."""

import asyncio

from tests.faults.conftest import MakeFleet, StartGateway
from tests.harness import GatewayUnderTest
from tests.usecases.facts import kinds_of_anomalies


async def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(
    start_gateway: StartGateway, gateway: GatewayUnderTest, make_fleet: MakeFleet
) -> None:
    doomed = await start_gateway()
    fleet = await make_fleet(12, lambda: gateway.url if doomed.process.poll() is not None else doomed.url)
    await fleet.work(100)
    doomed.process.kill()
    await asyncio.to_thread(doomed.process.wait)
    assert await fleet.ledger.lost() == []
    await fleet.work(50)
    await fleet.finish()
    assert fleet.reconnects >= 12
    assert await fleet.ledger.differences() == []
    assert await kinds_of_anomalies() == set()
