"""How a charger answers the CSMS: the handlers of its version, overrides of a test, faults."""

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING

from simulator.connection import Connection, Payload
from simulator.errors import CallError, ConnectionLost, SimulatorError
from simulator.faults import Fault
from simulator.states import Registration

if TYPE_CHECKING:
    from simulator.charger import Charger

Override = Callable[[Payload], Payload | Awaitable[Payload | None] | None]
"""Answers one action instead of the charger; None means no answer at all; may raise CallError."""
Effect = Callable[[], Coroutine[None, None, None]]


class Answering:
    __slots__ = ("_arrived", "_charger", "_effects", "_overrides", "_received", "_tasks", "_turn")

    def __init__(self, charger: "Charger") -> None:
        self._charger = charger
        self._overrides: dict[str, Override] = {}
        self._effects: list[Effect] = []
        self._received: deque[tuple[str, Payload]] = deque(maxlen=charger.keep_frames)
        self._arrived = asyncio.Condition()
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def override(self, action: str, answer: Override | None) -> None:
        if answer is None:
            self._overrides.pop(action, None)
        else:
            self._overrides[action] = answer

    def receive(self, connection: Connection, message_id: str, action: str, payload: Payload) -> None:
        self.spawn(self._handle(connection, message_id, action, payload))

    def afterwards(self, effect: Effect) -> None:
        """Do this once the answer now being made has been sent."""
        self._effects.append(effect)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        """A connection that breaks in the middle of an effect is an event, not a crash."""
        try:
            await work
        except SimulatorError as error:
            self._charger.emit("effect_failed", error=str(error))

    async def settle(self) -> None:
        """Wait until every command is answered and its effects are done."""
        current = asyncio.current_task()
        while others := [task for task in self._tasks if task is not current]:
            await asyncio.gather(*others)

    async def wait_for(self, action: str, timeout_s: float) -> Payload:
        """The next command of this kind that no earlier wait has returned, after it was answered."""
        async with asyncio.timeout(timeout_s), self._arrived:
            while True:
                for command in self._received:
                    if command[0] == action:
                        self._received.remove(command)
                        return command[1]
                await self._arrived.wait()

    def close(self) -> None:
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()

    async def _handle(self, connection: Connection, message_id: str, action: str, payload: Payload) -> None:
        async with self._turn:
            self._charger.emit("command", action=action)
            try:
                await self._answer(connection, message_id, action, payload)
            except ConnectionLost:
                self._effects.clear()
            effects, self._effects = self._effects, []
        async with self._arrived:
            self._received.append((action, payload))
            self._arrived.notify_all()
        for effect in effects:
            await effect()

    async def _answer(self, connection: Connection, message_id: str, action: str, payload: Payload) -> None:
        faults = self._charger.faults
        if Fault.DELAY_ANSWERS in faults:
            await asyncio.sleep(faults.answer_delay_s)
        try:
            if faults.strikes(Fault.ANSWER_ERROR):
                raise CallError("InternalError", "simulated fault")
            answer = await self._make_answer(action, payload)
        except CallError as error:
            self._effects.clear()
            await connection.answer_error(message_id, error)
        else:
            if answer is not None:
                await connection.answer(message_id, answer)

    async def _make_answer(self, action: str, payload: Payload) -> Payload | None:
        if action in self._overrides:
            answer = self._overrides[action](payload)
            return await answer if inspect.isawaitable(answer) else answer
        return self.default_answer(action, payload)

    def default_answer(self, action: str, payload: Payload) -> Payload:
        dialect = self._charger.dialect
        handler = dialect.handlers.get(action)
        if handler is None and action in dialect.actions:
            raise CallError("NotSupported", f"{action} is not supported by this station")
        if handler is None:
            raise CallError("NotImplemented", f"{action} is unknown")
        if self._charger.registration is Registration.REJECTED:
            raise CallError("SecurityError", "not registered")
        try:
            return handler(self._charger, payload)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CallError(dialect.format_error_code, f"{action}: {error!r}") from error
