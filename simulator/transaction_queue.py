"""Transaction messages in order, each repeated until it is answered (OCPP 1.6 §3.7, 2.0.1 E13)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from simulator.connection import Payload
from simulator.errors import AnswerTimeout, CallError, ConnectionLost

HOLD_BACK_S = 5.0
Call = Callable[[str, Payload], Awaitable[Payload]]


@dataclass(slots=True, eq=False)
class TransactionMessage:
    """`build` runs at sending time, because a 1.6 message needs the id that the answer to the start brings."""

    action: str
    build: Callable[[], Payload]
    on_answer: Callable[[Payload], None] | None = None
    attempts: int = 0
    is_held_back: bool = False
    attempted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the message was answered, failed once, or has to wait for a connection."""


class TransactionQueue:
    """Survives reconnects and reboots, like flash memory does."""

    __slots__ = (
        "_call",
        "_drainer",
        "_is_ready",
        "_messages",
        "_retry",
        "max_attempts",
        "on_drop",
        "reorders",
        "retry_interval_s",
    )

    def __init__(self, call: Call, is_ready: Callable[[], bool]) -> None:
        self._call = call
        self._is_ready = is_ready
        self._messages: deque[TransactionMessage] = deque()
        self._drainer: asyncio.Task[None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self.max_attempts = 3
        self.retry_interval_s = 60.0
        self.reorders: Callable[[], bool] = lambda: False
        """The fault: a message waits until the one after it has gone."""
        self.on_drop: Callable[[TransactionMessage], None] | None = None

    def __len__(self) -> int:
        return len(self._messages)

    async def put(self, message: TransactionMessage) -> None:
        """Queue it and wait until it was tried once; returns at once while there is no connection."""
        self._messages.append(message)
        if len(self._messages) == 2 and self._messages[0].is_held_back:
            self.reset_retry()
        self.kick()
        if not self._is_ready() or self._retry:
            message.attempted.set()
        await message.attempted.wait()

    def kick(self) -> None:
        """Start sending, if there is something to send and somebody to send it to."""
        if self._messages and self._is_ready() and self._drainer is None and self._retry is None:
            self._drainer = asyncio.create_task(self._drain())

    async def drained(self) -> None:
        """Wait until nothing is being sent; what has to wait for a retry or a connection may remain."""
        while self._drainer:
            await asyncio.wait([self._drainer])

    def reset_retry(self) -> None:
        """A new connection: try at once instead of waiting out the interval."""
        if self._retry:
            self._retry.cancel()
            self._retry = None

    def close(self) -> None:
        self.reset_retry()
        if self._drainer:
            self._drainer.cancel()
        self._release_waiting()

    async def _drain(self) -> None:
        try:
            while self._messages and self._is_ready():
                if self.reorders() and not self._let_next_pass():
                    break
                if not await self._send(self._messages[0]):
                    break
        finally:
            self._drainer = None
            self._release_waiting()

    def _let_next_pass(self) -> bool:
        head = self._messages[0]
        if len(self._messages) > 1:
            head.is_held_back = True
            self._messages[0], self._messages[1] = self._messages[1], head
        elif not head.is_held_back:
            head.is_held_back = True
            self._retry = asyncio.get_running_loop().call_later(HOLD_BACK_S, self._try_again)
            return False
        return True

    async def _send(self, message: TransactionMessage) -> bool:
        """True when the head is done with, so that the next one may go."""
        try:
            answer = await self._call(message.action, message.build())
        except ConnectionLost:
            return False
        except (CallError, AnswerTimeout):
            return self._failed(message)
        self._messages.popleft()
        if message.on_answer:
            message.on_answer(answer)
        message.attempted.set()
        return True

    def _failed(self, message: TransactionMessage) -> bool:
        message.attempts += 1
        message.attempted.set()
        if message.attempts >= self.max_attempts:
            self._messages.popleft()
            if self.on_drop:
                self.on_drop(message)
            return True
        delay_s = self.retry_interval_s * message.attempts
        self._retry = asyncio.get_running_loop().call_later(delay_s, self._try_again)
        return False

    def _try_again(self) -> None:
        self._retry = None
        self.kick()

    def _release_waiting(self) -> None:
        for message in self._messages:
            message.attempted.set()
