"""The frames of one charger over all its connections: calls, raw text, observers, repetition."""

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import Callable

import orjson

from simulator.connection import CALL, Address, CallReceiver, Connection, FrameObserver, Payload, open_connection
from simulator.errors import ConnectionLost, UnexpectedFrame
from simulator.faults import Fault, Faults

REPEATED_ACTIONS = frozenset({"StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"})


class Wire:
    """At most one connection is in use; one that is replaced without being closed lives on, half-open."""

    __slots__ = (
        "_abandoned",
        "_arrived",
        "_closed",
        "_connection",
        "_faults",
        "_last",
        "_numbers",
        "_observers",
        "_on_command",
        "_on_lost",
        "_run_id",
        "_timeout_s",
        "_unclaimed",
        "subprotocol",
    )

    def __init__(
        self,
        *,
        faults: Faults,
        timeout_s: float,
        keep_frames: int,
        on_command: CallReceiver,
        on_lost: Callable[[int, str], None],
    ) -> None:
        self._faults = faults
        self._timeout_s = timeout_s
        self._on_command = on_command
        self._on_lost = on_lost
        self._connection: Connection | None = None
        self._abandoned: Connection | None = None
        self._observers: list[FrameObserver] = []
        self._unclaimed: deque[str] = deque(maxlen=keep_frames)
        self._arrived = asyncio.Event()
        self._closed = asyncio.Event()
        self._last: dict[str, tuple[str, str]] = {}
        # Unique over all connections of a station, also after a restart (OCPP-J 2.x §4.1.4).
        self._run_id = secrets.token_hex(6)
        self._numbers = itertools.count(1)
        self.subprotocol: str | None = None

    @property
    def connection(self) -> Connection:
        if self._connection is None:
            raise ConnectionLost(reason="not connected")
        return self._connection

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    async def open(self, address: Address) -> None:
        self._closed.clear()
        connection = await open_connection(
            address,
            observe=self._observed,
            on_call=self._on_command,
            on_unclaimed=self._unclaimed.append,
            on_closed=self._on_connection_closed,
        )
        self._connection = connection
        self.subprotocol = connection.subprotocol
        if Fault.NO_PONG in self._faults:
            connection.mute_pongs()

    def observe(self, callback: FrameObserver) -> None:
        self._observers.append(callback)

    def new_message_id(self) -> str:
        return f"{self._run_id}-{next(self._numbers)}"

    async def call(self, action: str, payload: Payload, timeout_s: float | None = None) -> Payload:
        connection, message_id = self.connection, self.new_message_id()
        payload = self._faults.alter(payload)
        answer = await connection.call(message_id, action, payload, timeout_s or self._timeout_s, self._remember)
        if action in REPEATED_ACTIONS:
            await self._repeat_on_fault(action)
        return answer

    async def repeat_last(self, action: str, *, new_id: bool = False) -> Payload:
        """Send the last CALL of this action once more, word for word but for the message id if so wished."""
        message_id, text = self._last[action]
        if new_id:
            message_id = self.new_message_id()
            frame = orjson.loads(text)
            text = orjson.dumps([CALL, message_id, *frame[2:]]).decode()
        return await self.connection.exchange(message_id, text, self._timeout_s)

    async def send_text(self, text: str) -> None:
        await self.connection.send_text(text)

    async def receive_frame(self, timeout_s: float) -> str:
        """The next frame that is neither a CALL nor the answer to one of our own."""
        async with asyncio.timeout(timeout_s):
            while not self._unclaimed:
                await self._next_frame()
        return self._unclaimed.popleft()

    async def receive_nothing(self, seconds: float) -> None:
        """Fail with UnexpectedFrame when any frame arrives, or has arrived unclaimed before."""
        if self._unclaimed:
            raise UnexpectedFrame(self._unclaimed[0])
        try:
            async with asyncio.timeout(seconds):
                await self._next_frame()
        except TimeoutError:
            return
        raise UnexpectedFrame(self._unclaimed[-1] if self._unclaimed else "a CALL or an answer")

    async def wait_closed(self, timeout_s: float) -> None:
        async with asyncio.timeout(timeout_s):
            await self.until_closed()

    async def until_closed(self) -> None:
        await self._closed.wait()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if connection := self._take():
            await connection.close(code, reason)

    async def drop(self) -> None:
        """The TCP connection breaks without a closing handshake."""
        if connection := self._take():
            await connection.drop()

    async def abandon(self) -> None:
        """Leave the socket half-open, until `drop_abandoned`; an earlier one is cut."""
        await self.drop_abandoned()
        if connection := self._take():
            connection.abandon()
            self._abandoned = connection

    async def drop_abandoned(self) -> None:
        connection, self._abandoned = self._abandoned, None
        if connection:
            await connection.drop()

    async def flood(self, frames: int) -> None:
        """Send so many Heartbeats without waiting for any answer."""
        connection = self.connection
        for _ in range(frames):
            await connection.send_text(orjson.dumps([CALL, self.new_message_id(), "Heartbeat", {}]).decode())

    def _take(self) -> Connection | None:
        connection, self._connection = self._connection, None
        self._closed.set()
        return connection

    async def _next_frame(self) -> None:
        self._arrived.clear()
        await self._arrived.wait()

    async def _repeat_on_fault(self, action: str) -> None:
        if self._faults.strikes(Fault.REPEAT_SAME_ID):
            await self.repeat_last(action)
        if self._faults.strikes(Fault.REPEAT_NEW_ID):
            await self.repeat_last(action, new_id=True)

    def _remember(self, action: str, message_id: str, text: str) -> None:
        self._last[action] = (message_id, text)

    def _observed(self, direction: str, text: str) -> None:
        if direction == "in":
            self._arrived.set()
        for observer in self._observers:
            observer(direction, text)

    def _on_connection_closed(self, connection: Connection) -> None:
        if self._connection is connection:
            self._connection = None
            self._closed.set()
            self._on_lost(connection.close_code, connection.close_reason)
