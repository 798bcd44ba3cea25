"""The gateway is a plain ASGI application: the same consumer under another server (design §4)."""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async

from charging.models import Session
from charging.states import SessionStatus
from stations.models import ChargingStation, Site, StationConnection
from tests.conftest import SECRET, add_station
from tests.gateway.conftest import OpenSocket
from tests.gateway.knocking import basic, knock
from tests.gateway.polling import eventually
from tests.harness import ROOT, environment

LISTENING = re.compile(r"Uvicorn running on http://127\.0\.0\.1:(\d+)")


@dataclass
class Uvicorn:
    process: "subprocess.Popen[bytes]"
    log: Path
    port: int = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"


def _start(folder: str) -> Uvicorn:
    log = Path(folder, "uvicorn.log")
    command = [sys.executable, "-m", "uvicorn", "gateway.asgi:application", "--port", "0", "--no-use-colors"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=output, stderr=subprocess.STDOUT)
    server = Uvicorn(process, log)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if found := LISTENING.search(log.read_text()):
            server.port = int(found.group(1))
            return server
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise RuntimeError(log.read_text())


def _stop(server: Uvicorn) -> int:
    server.process.terminate()
    try:
        return server.process.wait(20)
    finally:
        server.process.kill()
        server.process.wait()


@pytest.fixture
async def uvicorn(committed: None) -> AsyncIterator[Uvicorn]:
    with tempfile.TemporaryDirectory() as folder:
        server = await asyncio.to_thread(_start, folder)
        yield server
        if server.process.poll() is None:
            await asyncio.to_thread(_stop, server)


async def test_a_station_boots_and_charges(uvicorn: Uvicorn, open_raw: OpenSocket) -> None:
    socket = await open_raw("1.6", url=uvicorn.url)
    moment = "2026-11-22T12:00:00Z"
    start = {"connectorId": 1, "idTag": "A1", "meterStart": 100, "timestamp": moment}
    transaction_id = (await socket.call("StartTransaction", start))[2]["transactionId"]
    sampled = {"timestamp": moment, "sampledValue": [{"value": "900"}]}
    values = {"connectorId": 1, "transactionId": transaction_id, "meterValue": [sampled]}
    assert (await socket.call("MeterValues", values))[0] == 3
    stop = {"transactionId": transaction_id, "meterStop": 1100, "timestamp": moment}
    assert (await socket.call("StopTransaction", stop))[0] == 3
    session = await Session.objects.aget()
    assert (session.status, session.energy_wh) == (SessionStatus.ENDED, 1000)


async def test_refusals_keep_their_status(uvicorn: Uvicorn, harbour: Site) -> None:
    await sync_to_async(add_station)(harbour, "old_faithful")
    for target, authorization, status in (
        ("/ocpp/stranger", basic("stranger", SECRET), 404),
        ("/ocpp/old_faithful", None, 401),
        ("/ocpp/old_faithful", basic("old_faithful", SECRET), 101),
    ):
        answer = await knock(uvicorn.port, target, authorization=authorization)
        assert answer.status == status
        assert ("www-authenticate" in answer.headers) == (status == 401)
        await answer.close()


async def test_it_leaves_in_order(uvicorn: Uvicorn, open_raw: OpenSocket) -> None:
    socket = await open_raw("2.0.1", url=uvicorn.url)
    stopping = asyncio.create_task(asyncio.to_thread(_stop, uvicorn))
    assert await socket.closed() == 1012
    await stopping

    async def closed() -> bool:
        return not await StationConnection.objects.filter(closed_at=None).aexists()

    assert await eventually(closed)
    assert not await ChargingStation.objects.online().aexists()
