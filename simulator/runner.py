"""Keeps one charger alive by the wall clock: connection, boot, time."""

import asyncio
from dataclasses import dataclass

from simulator.charger import Charger
from simulator.errors import SimulatorError
from simulator.states import Registration, StopReason, Trigger

LONGEST_SLEEP_S = 30.0
REBOOT_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class BackOff:
    """Waits between attempts to connect: doubling from the first to the longest, each plus up to as much again."""

    first_s: float = 1.0
    longest_s: float = 60.0

    def delay_s(self, attempt: int, chance: float) -> float:
        return min(self.longest_s, self.first_s * 2.0 ** min(attempt, 16)) * (1 + chance)


class Runner:
    """`hold_offline` keeps the charger away from the network until `release`."""

    __slots__ = ("_back_off", "_online", "_tasks", "charger")

    def __init__(self, charger: Charger, back_off: BackOff | None = None) -> None:
        charger.is_driven = True
        self.charger = charger
        self._back_off = back_off or BackOff()
        self._online = asyncio.Event()
        self._online.set()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep_connected()), asyncio.create_task(self._keep_time())]

    async def stop(self) -> None:
        """End running sessions, tell the CSMS, close the socket."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        charger = self.charger
        try:
            for evse in charger.evse_list:
                if evse.transaction:
                    await charger.flow.end(evse, StopReason.REBOOT, Trigger.RESET_COMMAND)
            await charger.queue.drained()
        except SimulatorError as error:
            charger.emit("stop_failed", error=str(error))
        await charger.close(1001)

    async def hold_offline(self) -> None:
        self._online.clear()
        await self.charger.go_offline()

    def release(self) -> None:
        self._online.set()

    async def _keep_connected(self) -> None:
        attempt = 0
        while True:
            await self._online.wait()
            try:
                await self._come_up()
                attempt = 0
                await self.charger.wire.until_closed()
            except SimulatorError as error:
                self.charger.emit("connect_failed", error=str(error), attempt=attempt + 1)
                await self.charger.wire.close()
            while self.charger.is_rebooting:
                await asyncio.sleep(REBOOT_POLL_S)
            await asyncio.sleep(self._back_off.delay_s(attempt, self.charger.rng.random()))
            attempt += 1

    async def _come_up(self) -> None:
        """Boot when the station was off or is not accepted yet, else just go on (OCPP-J 1.6 §5.4)."""
        charger = self.charger
        if charger.registration is Registration.ACCEPTED:
            await charger.come_online()
            return
        await charger.connect()
        await charger.boot_until_accepted()

    async def _keep_time(self) -> None:
        charger = self.charger
        while True:
            due_at = charger.time.next_due_at()
            delay_s = (due_at - charger.clock.now()).total_seconds() if due_at else LONGEST_SLEEP_S
            charger.woken.clear()
            try:
                async with asyncio.timeout(min(max(delay_s, 0.0), LONGEST_SLEEP_S)):
                    await charger.woken.wait()
            except TimeoutError:
                await charger.time.run_until(charger.clock.now())
