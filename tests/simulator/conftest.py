from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from simulator import Charger, ManualClock
from tests.simulator.scripted_csms import ScriptedCsms, running_csms

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MakeCharger = Callable[..., Charger]


@pytest.fixture
async def csms() -> AsyncIterator[ScriptedCsms]:
    """Fails the test when any frame of either side broke its schema."""
    async with running_csms() as csms:
        yield csms
    assert csms.violations == []


@pytest.fixture
async def make_charger(csms: ScriptedCsms) -> AsyncIterator[MakeCharger]:
    chargers: list[Charger] = []

    def make(version: str = "1.6", **options: Any) -> Charger:
        options.setdefault("clock", ManualClock(START))
        charger = Charger(url=csms.url, identity="old_faithful", version=version, **options)
        chargers.append(charger)
        return charger

    yield make
    for charger in chargers:
        await charger.close()


@pytest.fixture(params=["1.6", "2.0.1", "2.1"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def charger(make_charger: MakeCharger, version: str) -> Charger:
    """Booted and idle, in each version."""
    charger = make_charger(version)
    await charger.connect()
    await charger.boot()
    return charger
