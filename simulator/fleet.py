"""A network that lives: drivers come and go, things break and recover."""

import asyncio
import random
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime

from simulator.charger import Charger
from simulator.errors import SimulatorError
from simulator.evse import Evse
from simulator.faults import MOMENTARY, Fault
from simulator.roster import Member
from simulator.runner import Runner
from simulator.scenario import Scenario
from simulator.states import ChargingState, Registration, StopReason

UNKNOWN_CARDS = ("DEADBEEF0001", "DEADBEEF0002")
HARDWARE_FAULTS = (
    "GroundFailure",
    "OverCurrentFailure",
    "HighTemperature",
    "PowerMeterFailure",
    "ConnectorLockFailure",
)
LOOK_S = 2.0
"""How often a driver looks at the car."""
FUMBLE_S = (1.0, 5.0)
"""Between plugging and tapping."""
STOP_TIMEOUT_S = 8.0


class Inhabitant:
    """One charger of the fleet with its drivers and its bad luck."""

    __slots__ = ("_chance", "_runner", "_scenario", "_tasks", "_tokens", "charger")

    def __init__(self, member: Member, scenario: Scenario) -> None:
        self.charger: Charger = member.charger
        self._tokens = member.tokens
        self._scenario = scenario
        self._chance = random.Random()
        self._runner = Runner(member.charger)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        if Fault.START_WITHOUT_BOOT in self.charger.faults:
            self.charger.registration = Registration.ACCEPTED
        self._runner.start()
        self._tasks = [asyncio.create_task(work) for work in self._lives()]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runner.stop()

    def _lives(self) -> Iterator[Coroutine[None, None, None]]:
        rates = self._scenario.disturbances
        for evse in self.charger.evse_list:
            yield self._visits(evse)
        if rates.hardware_faults_per_day:
            yield self._hardware_faults()
        if rates.outages_per_day:
            yield self._outages()
        if rates.reboots_per_day:
            yield self._reboots()
        if rates.misbehaviours_per_day and rates.misbehaviours:
            yield self._misbehaviours()

    async def _visits(self, evse: Evse) -> None:
        gap_s = self._scenario.first_gap_s(self._chance, datetime.now(UTC).hour)
        while True:
            await asyncio.sleep(gap_s)
            gap_s = self._scenario.gap_s(self._chance, datetime.now(UTC).hour)
            try:
                await self._visit(evse)
            except SimulatorError as error:
                self.charger.emit("visit_failed", evse=evse.number, error=str(error))
                await self._leave(evse)

    async def _visit(self, evse: Evse) -> None:
        if evse.is_plugged or evse.token or not evse.is_operative or evse.fault:
            return
        visits, chance = self._scenario.visits, self._chance
        token = chance.choice(UNKNOWN_CARDS if chance.random() < visits.unknown_card_share else self._tokens)
        await self._arrive(evse, token)
        if await self._has_started(evse):
            await self._stay(evse)
        if evse.token and chance.random() >= visits.unplugs_only_share:
            await self.charger.tap(evse.token, evse=evse.number)
            await self._fumble()
        await self._leave(evse)

    async def _arrive(self, evse: Evse, token: str) -> None:
        visits, chance, charger = self._scenario.visits, self._chance, self.charger
        car, connector = self._scenario.new_car(chance), chance.randint(1, evse.spec.connectors)
        if chance.random() < visits.remote_only_share:
            await charger.plug_in(evse=evse.number, connector=connector, car=car)
            return
        if chance.random() < visits.taps_first_share:
            await charger.tap(token, evse=evse.number)
            await self._fumble()
            if not evse.is_plugged:
                await charger.plug_in(evse=evse.number, connector=connector, car=car)
            return
        await charger.plug_in(evse=evse.number, connector=connector, car=car)
        await self._fumble()
        if evse.token is None:
            await charger.tap(token, evse=evse.number)

    async def _has_started(self, evse: Evse) -> bool:
        for _ in range(max(1, int(self._scenario.visits.patience_s / LOOK_S))):
            if evse.charging_state in {ChargingState.CHARGING, ChargingState.SUSPENDED_EV}:
                return True
            await asyncio.sleep(LOOK_S)
        return False

    async def _stay(self, evse: Evse) -> None:
        """Until the car has what it wants, the transaction is over, or the driver has to go."""
        longest_s = self._scenario.visits.longest_stay_s / self._scenario.speed
        for _ in range(int(longest_s / LOOK_S) + 1):
            if evse.transaction is None or evse.car is None or evse.car.is_full:
                break
            await asyncio.sleep(LOOK_S)
        await asyncio.sleep(self._scenario.shortened_s((60, 900), self._chance))

    async def _leave(self, evse: Evse) -> None:
        if evse.is_plugged:
            await self.charger.unplug(evse=evse.number)

    async def _fumble(self) -> None:
        await asyncio.sleep(self._chance.uniform(*FUMBLE_S))

    async def _hardware_faults(self) -> None:
        rates = self._scenario.disturbances
        while True:
            await self._wait_for_next(rates.hardware_faults_per_day)
            evse = self._chance.choice(self.charger.evse_list)
            if evse.fault:
                continue
            await self.charger.set_fault(evse=evse.number, error_code=self._chance.choice(HARDWARE_FAULTS))
            await asyncio.sleep(self._scenario.shortened_s(rates.hardware_fault_s, self._chance))
            await self.charger.clear_fault(evse=evse.number)

    async def _outages(self) -> None:
        rates = self._scenario.disturbances
        while True:
            await self._wait_for_next(rates.outages_per_day)
            if self.charger.is_ready:
                await self._runner.hold_offline()
                await asyncio.sleep(self._scenario.shortened_s(rates.outage_s, self._chance))
                self._runner.release()

    async def _reboots(self) -> None:
        while True:
            await self._wait_for_next(self._scenario.disturbances.reboots_per_day)
            if self.charger.is_ready:
                await self.charger.reboot(reason="Watchdog", stop_reason=StopReason.POWER_LOSS, tells_first=False)

    async def _misbehaviours(self) -> None:
        rates = self._scenario.disturbances
        while True:
            await self._wait_for_next(rates.misbehaviours_per_day)
            momentary = [fault for fault in rates.misbehaviours if fault in MOMENTARY]
            if self.charger.is_ready and momentary:
                try:
                    await self.charger.inject(self._chance.choice(momentary))
                except SimulatorError as error:
                    self.charger.emit("inject_failed", error=str(error))

    async def _wait_for_next(self, per_day: float) -> None:
        await asyncio.sleep(self._scenario.next_s(per_day, self._chance))


class Fleet:
    def __init__(self, members: list[Member], scenario: Scenario) -> None:
        self._scenario = scenario
        self.inhabitants = [Inhabitant(member, scenario) for member in members]

    async def start(self) -> None:
        """Switch them on, spread over `boot_spread_s`."""
        chance = random.Random()
        spread_s = self._scenario.boot_spread_s
        await asyncio.gather(*(each.start(chance.uniform(0, spread_s)) for each in self.inhabitants))

    async def stop(self) -> None:
        """Close every session and socket; gives up on what does not answer in time."""
        stops = [asyncio.create_task(each.stop()) for each in self.inhabitants]
        if stops:
            _, late = await asyncio.wait(stops, timeout=STOP_TIMEOUT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def summary(self) -> dict[str, int]:
        chargers = [each.charger for each in self.inhabitants]
        places = [evse for charger in chargers for evse in charger.evse_list]
        return {
            "chargers": len(chargers),
            "connected": sum(charger.is_connected for charger in chargers),
            "accepted": sum(charger.is_ready for charger in chargers),
            "charging": sum(evse.charging_state is ChargingState.CHARGING for evse in places),
            "transactions": sum(evse.transaction is not None for evse in places),
            "queued": sum(len(charger.queue) for charger in chargers),
        }
