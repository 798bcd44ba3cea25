"""Processes that are there to be killed, and a fleet that goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from stations.models import Site
from tests.conftest import Person, add_station
from tests.faults.fleet import Fleet
from tests.gateway.conftest import complaints
from tests.harness import GatewayUnderTest

StartGateway = Callable[..., Awaitable[GatewayUnderTest]]
MakeFleet = Callable[..., Awaitable[Fleet]]


@pytest.fixture
async def start_gateway(committed: None) -> AsyncIterator[StartGateway]:
    """Starts gateways of the test's own, and ends those that still live; none may tell of a mistake of ours."""
    processes: list[GatewayUnderTest] = []

    async def start(**environment: str) -> GatewayUnderTest:
        processes.append(await asyncio.to_thread(GatewayUnderTest, **environment))
        return processes[-1]

    yield start
    for process in processes:
        await asyncio.to_thread(process.stop)
    assert [line for process in processes for line in complaints(process.output())] == []


@pytest.fixture
async def make_fleet(harbour: Site, alice: Person) -> AsyncIterator[MakeFleet]:
    """Makes chargers of all versions that charge with Alice's card until told to end."""
    fleets: list[Fleet] = []

    async def make(size: int, find_url: Callable[[], str], **options: Any) -> Fleet:
        identities = [f"fleet-{number:02}" for number in range(size)]
        for identity in identities:
            await sync_to_async(add_station)(harbour, identity)
        fleets.append(Fleet(identities, alice.uid, find_url, **options))
        fleets[-1].start()
        return fleets[-1]

    yield make
    for fleet in fleets:
        await fleet.close()
