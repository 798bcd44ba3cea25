"""Clocks jump: the server's and the stations'. Sockets stay, and every Wh is in its session."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.conftest import MakeFleet
from tests.gateway.conftest import complaints
from tests.harness import GatewayUnderTest

HOUR_S = 3600


class ShiftedGateway(GatewayUnderTest):
    """Its clock is wrong, ours and the database's are not."""

    program = ("tests/faults/shifted.py",)


@pytest.fixture
def offset(tmp_path: Path) -> Path:
    path = tmp_path / "offset"
    path.write_text("0")
    return path


@pytest.fixture
async def shifted(committed: None, offset: Path) -> AsyncIterator[GatewayUnderTest]:
    process = await asyncio.to_thread(ShiftedGateway, CLOCK_OFFSET_FILE=str(offset), OCPP_LEASE_S="6")
    yield process
    assert await asyncio.to_thread(process.stop) == 0
    assert complaints(process.output()) == []


async def test_energy_and_sockets_survive(shifted: GatewayUnderTest, offset: Path, make_fleet: MakeFleet) -> None:
    fleet = await make_fleet(9, lambda: shifted.url)
    await fleet.work(40)
    for seconds in (HOUR_S, -HOUR_S, 0):
        offset.write_text(str(seconds))
        await fleet.work(30)
    for number, charger in enumerate(fleet.chargers):
        charger.time.catch_up()
        charger.clock.set(charger.clock.now() + timedelta(hours=3 if number % 2 else -3))
        charger.time.shifted()
    await fleet.work(30)
    await fleet.finish()
    assert fleet.closings == []
    assert await fleet.ledger.differences() == []
