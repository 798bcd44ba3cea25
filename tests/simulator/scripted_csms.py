"""A small CSMS for these tests: answers by script and checks every frame of both sides against the official schemas."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft4Validator
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

Payload = dict[str, Any]
Answer = Callable[[Payload], Payload | None]
FOLDERS = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}
NOW = "2026-11-22T12:00:00Z"


@cache
def validator(subprotocol: str, action: str, is_answer: bool) -> Draft4Validator:
    suffix = "Response" if is_answer else ("" if subprotocol == "ocpp1.6" else "Request")
    path = files("ocpp") / FOLDERS[subprotocol] / "schemas" / f"{action}{suffix}.json"
    # Decimal, because 31.9 as a float is no multiple of 0.1.
    return Draft4Validator(json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal))


def _choose(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return next((name for name in offered if name in FOLDERS), None)


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


class ScriptedCsms:
    """`received` has every CALL of the charger in order; `script` overrides the answer of an action."""

    def __init__(self) -> None:
        self.received: list[tuple[str, Payload]] = []
        self.script: dict[str, Answer] = {}
        self.violations: list[str] = []
        self.authorizations: list[str] = []
        self.sockets: list[ServerConnection] = []
        self.refuse_with: int | None = None
        self.is_validating = True
        self.next_transaction_id = 1
        self._numbers = iter(range(1, 1_000_000))
        self._pending: dict[str, tuple[str, asyncio.Future[Payload]]] = {}
        self._arrived = asyncio.Event()
        self._server: Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}/ocpp"

    def actions(self) -> list[str]:
        return [action for action, _ in self.received]

    def payloads(self, action: str) -> list[Payload]:
        return [payload for name, payload in self.received if name == action]

    def forget(self) -> None:
        self.received.clear()

    async def start(self) -> None:
        self._server = await serve(
            self._talk, "127.0.0.1", 0, select_subprotocol=_choose, process_request=self._admit, max_size=2**20
        )

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def command(self, action: str, payload: Payload, timeout_s: float = 5) -> Payload:
        """Send a CALL on the newest connection and return the answer; KeyError with the code for a CALLERROR."""
        socket = self.sockets[-1]
        message_id = f"csms-{next(self._numbers)}"
        self._check(socket, action, payload, is_answer=False)
        answer: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
        self._pending[message_id] = (action, answer)
        await socket.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(timeout_s):
            return await answer

    async def send_text(self, text: str) -> None:
        await self.sockets[-1].send(text)

    async def wait_for(self, action: str, timeout_s: float = 5) -> Payload:
        """The first such CALL, once it has arrived."""
        async with asyncio.timeout(timeout_s):
            while not self.payloads(action):
                self._arrived.clear()
                await self._arrived.wait()
        return self.payloads(action)[0]

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        header = request.headers.get("Authorization", "")
        decoded = base64.b64decode(header.removeprefix("Basic ")) if header else b""
        self.authorizations.append(decoded.decode("latin-1"))
        if self.refuse_with is None:
            return None
        return Response(self.refuse_with, "Refused", Headers(), b"no")

    async def _talk(self, socket: ServerConnection) -> None:
        self.sockets.append(socket)
        try:
            async for text in socket:
                await self._receive(socket, str(text))
        except ConnectionClosed:
            return

    async def _receive(self, socket: ServerConnection, text: str) -> None:
        match _parse(text):
            case [2, str(message_id), str(action), dict(payload)]:
                await self._answer(socket, message_id, action, payload)
            case [3, str(message_id), dict(payload)]:
                action, answer = self._pending.pop(message_id)
                self._check(socket, action, payload, is_answer=True)
                answer.set_result(payload)
            case [4, str(message_id), str(code), _, _]:
                _, answer = self._pending.pop(message_id)
                answer.set_exception(KeyError(code))

    async def _answer(self, socket: ServerConnection, message_id: str, action: str, payload: Payload) -> None:
        self.received.append((action, payload))
        self._arrived.set()
        self._check(socket, action, payload, is_answer=False)
        answer = self.script.get(action, self.default(action))(payload)
        if answer is None:
            return
        if "error" in answer:
            await socket.send(json.dumps([4, message_id, answer["error"], "", {}]))
            return
        self._check(socket, action, answer, is_answer=True)
        await socket.send(json.dumps([3, message_id, answer]))

    def default(self, action: str) -> Answer:
        defaults: dict[str, Answer] = {
            "BootNotification": lambda _: {"status": "Accepted", "currentTime": NOW, "interval": 300},
            "Heartbeat": lambda _: {"currentTime": NOW},
            "Authorize": lambda payload: (
                {"idTagInfo": {"status": "Accepted"}} if "idTag" in payload else {"idTokenInfo": {"status": "Accepted"}}
            ),
            "StartTransaction": self._start,
            "TransactionEvent": lambda payload: {"idTokenInfo": {"status": "Accepted"}} if "idToken" in payload else {},
        }
        return defaults.get(action, lambda _: {})

    def _start(self, payload: Payload) -> Payload:
        number, self.next_transaction_id = self.next_transaction_id, self.next_transaction_id + 1
        return {"transactionId": number, "idTagInfo": {"status": "Accepted"}}

    def _check(self, socket: ServerConnection, action: str, payload: Payload, *, is_answer: bool) -> None:
        if not self.is_validating or socket.subprotocol is None:
            return
        exact = json.loads(json.dumps(payload), parse_float=Decimal)
        for error in validator(socket.subprotocol, action, is_answer).iter_errors(exact):
            self.violations.append(f"{action}{' answer' if is_answer else ''}: {error.message}")


@asynccontextmanager
async def running_csms() -> AsyncIterator[ScriptedCsms]:
    csms = ScriptedCsms()
    await csms.start()
    try:
        yield csms
    finally:
        await csms.stop()
