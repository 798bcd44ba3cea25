"""The wire log of a station as a file. Its rows are committed, because they are read by another connection."""

import json
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.roles import Role
from csms.console import wirelog
from stations.models import ChargingStation, GatewayProcess
from tests.admin.test_wire_log import call
from tests.admin.world import World, build
from tests.cleaning import empty_tables


@pytest.fixture
def world(committed: None) -> Iterator[World]:
    """Its gateway goes too: the rows of gateways outlive the cleaning."""
    world = build("Harbour Energy", "Xanadu")
    yield world
    empty_tables()
    world[GatewayProcess].delete()


async def test_the_export_is_streamed_whole_and_audited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wirelog, "AT_ONCE", 3)
    for number in range(5):
        await sync_to_async(call)(world, f"m{number}", 50 - number)
    client = AsyncClient(headers={"host": "localhost"})
    await client.aforce_login(world.staff[Role.READ_ONLY])
    url = reverse("console:station_frames_export", args=[world[ChargingStation].pk])
    assert (await client.get(url)).status_code == 405
    answer = await client.post(url, {"action": "heartbeat"})
    body = b"".join([part async for part in answer.streaming_content])  # type: ignore[attr-defined]
    rows = [json.loads(line) for line in body.splitlines()]
    assert [row["message_id"] for row in rows] == [f"m{number}" for number in range(5) for _ in range(2)]
    assert {row["direction"] for row in rows} == {"from station", "to station"}
    assert await AuditEvent.objects.filter(action="exported", object_type="stations.ChargingStation").aexists()
    answer = await client.post(url, {"replay": "1"})
    head = json.loads((b"".join([part async for part in answer.streaming_content])).splitlines()[0])  # type: ignore[attr-defined]
    assert (head["replay"]["ocpp_version"], head["replay"]["vendor"]) == ("2.0.1", "Vendor Xanadu")
