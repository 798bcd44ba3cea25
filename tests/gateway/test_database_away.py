"""PostgreSQL goes away: nothing is answered that is not stored, and nothing that was sent is lost (design §4)."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from django.db import connection

from charging.models import MeterReading, Session
from csms.embedded.addresses import PostgresAddress
from stations.models import ChargingStation, Frame, GatewayProcess
from tests.gateway.conftest import OpenSocket, complaints
from tests.gateway.faultproxy import FaultProxy, fault_proxy
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest

START = {"connectorId": 1, "idTag": "A1", "meterStart": 100, "timestamp": "2026-11-22T12:00:00Z"}
VALUES = {
    "connectorId": 1,
    "meterValue": [{"timestamp": "2026-11-22T12:01:00Z", "sampledValue": [{"value": "120", "unit": "Wh"}]}],
}
AWAY = "database does not answer"


@pytest.fixture
async def database(committed: None) -> AsyncIterator[FaultProxy]:
    """Stands between one gateway and the worker's database."""
    host = connection.settings_dict["HOST"] or connection.settings_dict["OPTIONS"]["host"]
    with tempfile.TemporaryDirectory() as folder:
        async with fault_proxy(Path(folder, ".s.PGSQL.5432"), Path(host, ".s.PGSQL.5432")) as proxy:
            yield proxy


@pytest.fixture
async def behind(database: FaultProxy) -> AsyncIterator[GatewayUnderTest]:
    address = PostgresAddress(host=str(database.path.parent), user="csms", name=connection.settings_dict["NAME"])
    process = await asyncio.to_thread(GatewayUnderTest, DATABASE_URL=address.url)
    yield process
    assert await asyncio.to_thread(process.stop) == 0, process.output()[-3000:]
    assert complaints(process.output()) == []


@pytest.mark.parametrize("fault", ["cut", "freeze"])
async def test_what_is_sent_meanwhile_is_answered_when_it_is_back(
    fault: str, behind: GatewayUnderTest, database: FaultProxy, open_raw: OpenSocket
) -> None:
    starting = await open_raw("1.6", "starting", url=behind.url)
    measuring = await open_raw("1.6", "measuring", url=behind.url)
    idle = await open_raw("1.6", "idle", url=behind.url)
    if fault == "cut":
        await database.cut()
    else:
        database.freeze()
    await starting.send([2, "start", "StartTransaction", START])
    await measuring.send([2, "values", "MeterValues", VALUES])
    answers = [asyncio.create_task(socket.receive()) for socket in (starting, measuring)]
    if fault == "cut":
        await eventually(lambda: asyncio.to_thread(lambda: behind.output().count(AWAY) >= 4))
    assert (await idle.call("Heartbeat", {}))[0] == 3
    assert not any(answer.done() for answer in answers)
    assert not await Session.objects.aexists()
    if fault == "cut":
        await database.open()
    else:
        database.thaw()
    started, measured = await asyncio.gather(*answers)
    assert (started[0], measured[0]) == (3, 3)
    session = await Session.objects.aget()
    assert started[2]["transactionId"] == int(session.transaction_id)
    assert await MeterReading.objects.acount() == 1
    repeated = await starting.call("StartTransaction", START)
    assert repeated[2] == started[2]
    assert await Session.objects.acount() == 1


async def test_a_long_absence_is_survived_in_every_part(
    behind: GatewayUnderTest, database: FaultProxy, open_raw: OpenSocket
) -> None:
    """The lease is renewed again, the wire log is whole, new stations are let in."""
    socket = await open_raw("1.6", url=behind.url)
    gateway_id = (await ChargingStation.objects.select_related("connection").aget()).connection.gateway_id  # type: ignore[union-attr]
    await database.cut()
    sent = [f"away-{number}" for number in range(20)]
    for message_id in sent:
        await socket.call("Heartbeat", {}, message_id)
    await eventually(lambda: asyncio.to_thread(lambda: behind.output().count(AWAY) >= 8), timeout_s=40)
    before = await GatewayProcess.objects.values_list("lease_until", flat=True).aget(pk=gateway_id)
    await database.open()

    async def renewed() -> bool:
        return await GatewayProcess.objects.filter(pk=gateway_id, lease_until__gt=before).aexists()

    async def logged() -> bool:
        ids = {frame.message_id async for frame in Frame.objects.filter(direction=0)}
        return set(sent) <= ids

    assert await eventually(logged)
    assert await eventually(renewed, timeout_s=30)
    other = await open_raw("2.0.1", url=behind.url)
    assert json.dumps(await other.call("Heartbeat", {}))


async def test_a_gateway_that_is_told_to_stop_ends_although_the_database_is_away(
    database: FaultProxy, open_raw: OpenSocket
) -> None:
    """What it answered is stored, so nothing is lost with what it cannot finish."""
    address = PostgresAddress(host=str(database.path.parent), user="csms", name=connection.settings_dict["NAME"])
    process = await asyncio.to_thread(GatewayUnderTest, DATABASE_URL=address.url, OCPP_STOP_LIMIT_S="1")
    socket = await open_raw("1.6", url=process.url)
    database.freeze()
    await socket.send([2, "values", "MeterValues", VALUES])
    assert await asyncio.to_thread(process.stop) == 0, process.output()[-3000:]
    assert "stopped before all was in order" in process.output()
    assert not await MeterReading.objects.aexists()
