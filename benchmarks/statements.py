"""What a message asks of the database, counted: a gateway in this process, and a station that needs no network."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from typing import Any
from unittest.mock import patch

from channels.testing import WebsocketCommunicator
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import override_settings

from gateway import ingest, process, threads
from gateway.consumer import StationConsumer
from stations.models import Command

AT = "2026-11-22T10:{minute:02}:00Z"
EVSE = {"id": 1, "connectorId": 1}
NEVER_S = 3600
MOMENT_S = 0.001


class Statements:
    """All statements of the connections that are opened while it listens."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.texts.append(sql)
        return execute(sql, params, many, context)

    def listen(self, connection: Any, **kwargs: Any) -> None:
        connection.execute_wrappers.append(self)


@asynccontextmanager
async def counting_gateway() -> AsyncIterator[Statements]:
    """A gateway in this process, with one thread of each kind, whose statements are counted."""
    counted = Statements()
    pool = ThreadPoolExecutor(1)
    with ExitStack() as stack:
        stack.enter_context(patch.object(threads, "POOL", pool))
        stack.enter_context(patch.object(ingest, "BATCHES_AT_ONCE", 1))
        # What is done from time to time for all stations belongs to no message.
        stack.enter_context(patch.object(process, "HOUSEKEEPING_S", NEVER_S))
        stack.enter_context(override_settings(OCPP_LOOK_INTERVAL_S=NEVER_S))
        connection_created.connect(counted.listen)
        here = process.Gateway()
        await here.start()
        stack.enter_context(patch.object(process, "_gateway", here))
        yield counted
        await here.drain()
        connection_created.disconnect(counted.listen)
        for executor in (pool, here.ingest.writers):
            await asyncio.get_running_loop().run_in_executor(executor, lambda: connection.close())
            executor.shutdown()


class Station:
    """A socket without a network."""

    def __init__(self, version: str, identity: str, secret: str, counted: Statements) -> None:
        self.version, self.counted = version, counted
        credentials = base64.b64encode(f"{identity}:{secret}".encode())
        self.socket = WebsocketCommunicator(
            StationConsumer.as_asgi(),
            f"/ocpp/{identity}",
            headers=[(b"authorization", b"Basic " + credentials)],
            subprotocols=[f"ocpp{version}"],
        )

    async def call(self, action: str, payload: Any) -> dict[str, Any]:
        await self.socket.send_to(text_data=json.dumps([2, "1", action, payload]))
        while True:
            frame = json.loads(await self.socket.receive_from(timeout=10))
            if frame[0] != 2:
                if frame[0] != 3:
                    raise ValueError(f"{action} was refused: {frame}")
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
        while here is not None and not here.entrance.commands.is_idle:
            await asyncio.sleep(MOMENT_S)
        for link in here.links.values() if here else ():
            await asyncio.gather(*filter(None, [link.delivery]))


async def count(station: Station, card: str) -> dict[str, list[str]]:
    """The statements of each message, without BEGIN and COMMIT.

    Each comes twice and counts as it does the second time: what is read once for a connection is not counted.
    """
    costs: dict[str, list[str]] = {}
    if not (await station.socket.connect(timeout=10))[0]:
        raise ValueError("the station was not let in")
    token = {"idTag": card} if station.version == "1.6" else {"idToken": {"idToken": card, "type": "ISO14443"}}
    for number in range(2):
        costs["BootNotification"], _ = await station.costs("BootNotification", boot_of(station.version))
        await station.settle()
        costs["Heartbeat"], _ = await station.costs("Heartbeat", {})
        costs["Authorize"], _ = await station.costs("Authorize", token)
        costs["start"], started = await station.costs(*start_of(station.version, card, number))
        costs["stop"], _ = await station.costs(*stop_of(station.version, card, number, started))
    await station.socket.disconnect()
    return costs


def boot_of(version: str) -> dict[str, Any]:
    if version == "1.6":
        return {"chargePointVendor": "Benchmark", "chargePointModel": "Counted"}
    return {"reason": "PowerUp", "chargingStation": {"vendorName": "Benchmark", "model": "Counted"}}


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
