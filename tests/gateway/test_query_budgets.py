"""What a message may ask of the database, counted: a careful message that begins to ask more is seen here."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connection
from django.db.backends.signals import connection_created
from pytest_django import Settings

from charging.models import Session
from gateway import ingest, process, threads
from gateway.consumer import StationConsumer
from stations.models import Command, Site
from tests.conftest import NAMES, SECRET, Person, add_station, every_version
from tests.gateway.socket import BOOTS

AT = "2026-11-22T10:{minute:02}:00Z"
EVSE = {"id": 1, "connectorId": 1}

# Statements without BEGIN and COMMIT. Each message comes twice: what is read once for a connection is not counted.
BUDGETS = {
    "1.6": {"Heartbeat": 0, "BootNotification": 2, "Authorize": 3, "start": 9, "stop": 8},
    "2.0.1": {"Heartbeat": 0, "BootNotification": 2, "Authorize": 3, "start": 11, "stop": 15},
}
BUDGETS["2.1"] = BUDGETS["2.0.1"]


class Statements:
    """All statements of the connections that are opened while it listens."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.texts.append(sql)
        return execute(sql, params, many, context)

    def listen(self, connection: Any, **kwargs: Any) -> None:
        connection.execute_wrappers.append(self)


@pytest.fixture
async def statements(committed: None, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> AsyncIterator[Statements]:
    """A gateway in this process, with one thread of each kind, whose statements are counted."""
    counted = Statements()
    pool = ThreadPoolExecutor(1)
    monkeypatch.setattr(threads, "POOL", pool)
    monkeypatch.setattr(ingest, "BATCHES_AT_ONCE", 1)
    # What is done from time to time for all stations belongs to no message.
    monkeypatch.setattr(process, "HOUSEKEEPING_S", 3600)
    settings.OCPP_LOOK_INTERVAL_S = 3600
    connection_created.connect(counted.listen)
    here = process.Gateway()
    await here.start()
    monkeypatch.setattr(process, "_gateway", here)
    yield counted
    await here.drain()
    connection_created.disconnect(counted.listen)
    for executor in (pool, here.ingest.writers):
        await asyncio.get_running_loop().run_in_executor(executor, lambda: connection.close())
        executor.shutdown()


class Station:
    """A socket without a network."""

    def __init__(self, version: str, counted: Statements) -> None:
        self.version, self.counted = version, counted
        credentials = base64.b64encode(f"{NAMES[version]}:{SECRET}".encode())
        self.socket = WebsocketCommunicator(
            StationConsumer.as_asgi(),
            f"/ocpp/{NAMES[version]}",
            headers=[(b"authorization", b"Basic " + credentials)],
            subprotocols=[f"ocpp{version}"],
        )

    async def call(self, action: str, payload: Any) -> dict[str, Any]:
        await self.socket.send_to(text_data=json.dumps([2, "1", action, payload]))
        while True:
            frame = json.loads(await self.socket.receive_from(timeout=10))
            if frame[0] != 2:
                assert frame[0] == 3, frame
                answer: dict[str, Any] = frame[2]
                return answer
            await self.socket.send_to(text_data=json.dumps([4, frame[1], "NotSupported", "", {}]))

    async def costs(self, action: str, payload: Any) -> tuple[list[str], dict[str, Any]]:
        """The statements before the answer, and the answer."""
        before = len(self.counted.texts)
        answer = await self.call(action, payload)
        return self.counted.texts[before:], answer

    async def settle(self) -> None:
        """A boot makes the outbox look for commands, beside everything else."""
        while await Command.objects.filter(finished_at=None).aexists():
            await self.call("Heartbeat", {})
        here = process.running_gateway()
        for link in here.links.values() if here else ():
            await asyncio.gather(*filter(None, [link.delivery]))


def start_of(version: str, card: str, number: int) -> tuple[str, dict[str, Any]]:
    at = AT.format(minute=2 * number)
    if version == "1.6":
        return "StartTransaction", {"connectorId": 1, "idTag": card, "meterStart": 0, "timestamp": at}
    return "TransactionEvent", event_of("Started", at, card, number)


def stop_of(version: str, card: str, number: int, started: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    at = AT.format(minute=2 * number + 1)
    if version == "1.6":
        payload = {"transactionId": started["transactionId"], "idTag": card, "meterStop": 500, "timestamp": at}
        return "StopTransaction", payload
    return "TransactionEvent", event_of("Ended", at, card, number)


def event_of(kind: str, at: str, card: str, number: int) -> dict[str, Any]:
    register = {"value": 0 if kind == "Started" else 500, "measurand": "Energy.Active.Import.Register"}
    context = "Transaction.Begin" if kind == "Started" else "Transaction.End"
    return {
        "eventType": kind,
        "timestamp": at,
        "triggerReason": "Authorized",
        "seqNo": 0 if kind == "Started" else 1,
        "transactionInfo": {"transactionId": f"tx-{number}"},
        "idToken": {"idToken": card, "type": "ISO14443"},
        "evse": EVSE,
        "meterValue": [{"timestamp": at, "sampledValue": [{**register, "context": context}]}],
    }


@every_version
async def test_careful_messages_keep_to_their_budget(
    statements: Statements, harbour: Site, alice: Person, version: str
) -> None:
    await sync_to_async(add_station)(harbour, NAMES[version])
    station = Station(version, statements)
    assert (await station.socket.connect(timeout=10))[0]
    card = {"idTag": alice.uid} if version == "1.6" else {"idToken": {"idToken": alice.uid, "type": "ISO14443"}}
    costs: dict[str, list[str]] = {}
    for number in range(2):
        costs["BootNotification"], _ = await station.costs("BootNotification", BOOTS[version])
        await station.settle()
        costs["Heartbeat"], _ = await station.costs("Heartbeat", {})
        costs["Authorize"], _ = await station.costs("Authorize", card)
        costs["start"], started = await station.costs(*start_of(version, alice.uid, number))
        costs["stop"], _ = await station.costs(*stop_of(version, alice.uid, number, started))
    await station.socket.disconnect()
    dearer = {name: asked for name, asked in costs.items() if len(asked) > BUDGETS[version][name]}
    assert dearer == {}
    assert costs["start"]
    assert await Session.objects.filter(energy_wh=500).acount() == 2
