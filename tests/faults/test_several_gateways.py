"""Two gateways behind one address: stations move between them, and a release loses neither messages nor commands."""

import asyncio

from stations.models import StationConnection
from stations.states import CommandStatus
from tests.faults.balancer import balancing
from tests.faults.commanding import ask_all, outcomes
from tests.faults.conftest import MakeFleet, StartGateway
from tests.faults.patience import until
from tests.usecases.facts import kinds_of_anomalies


async def test_stations_move_and_a_rolling_restart_keeps_everything(
    start_gateway: StartGateway, make_fleet: MakeFleet
) -> None:
    first, second = await asyncio.gather(start_gateway(), start_gateway())
    async with balancing(first.port, second.port) as balancer:
        fleet = await make_fleet(12, lambda: balancer.url)
        await fleet.work(50)
        assert await StationConnection.objects.filter(closed_at=None).values("gateway").distinct().acount() == 2

        balancer.cut()
        # A command that goes out on a socket that is cut and does not know it yet is lost, and says so.
        await until(lambda: fleet.reconnects >= len(fleet.chargers))
        await ask_all()
        await fleet.work(30)
        assert await outcomes() == {CommandStatus.ACCEPTED}, "they find a station wherever it is"
        fleet.closings.clear()

        await ask_all()
        assert await asyncio.to_thread(first.stop) == 0
        third = await start_gateway()
        balancer.ports = [second.port, third.port]
        await ask_all()
        assert await asyncio.to_thread(second.stop) == 0
        await fleet.work(50)
        assert await outcomes() == {CommandStatus.ACCEPTED}
        await fleet.finish()
    assert set(fleet.closings) == {1012}
    assert await fleet.ledger.differences() == []
    assert await kinds_of_anomalies() == set()
