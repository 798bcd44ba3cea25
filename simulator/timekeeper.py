"""What happens by itself as time passes: energy, samples, heartbeats, time limits."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.clock import ManualClock
from simulator.evse import Evse
from simulator.limits import apply_limit
from simulator.states import ReadingContext, StopReason, Trigger

if TYPE_CHECKING:
    from simulator.charger import Charger

LONGEST_STEP = timedelta(seconds=60)
"""While energy flows, a full car is noticed after this time at the latest."""


class Timekeeper:
    """`at` is the moment up to which energy has been counted."""

    __slots__ = ("_aligned_at", "_charger", "_heartbeat_at", "at")

    def __init__(self, charger: "Charger") -> None:
        self._charger = charger
        self.at = charger.clock.now()
        self._heartbeat_at = self._aligned_at = self.at

    def catch_up(self) -> None:
        """Count the energy up to now; every change of state begins with it."""
        self._integrate(self._charger.clock.now())

    def shifted(self) -> None:
        """The clock was set: no energy flows because of it."""
        self.at = self._heartbeat_at = self._aligned_at = self._charger.clock.now()
        for evse in self._charger.evse_list:
            if evse.transaction:
                evse.transaction.sampled_at = self.at

    def spoke(self) -> None:
        """A CALL was sent: it does the work of a heartbeat (OCPP 1.6 §4.6)."""
        self._heartbeat_at = self._charger.clock.now()

    def next_due_at(self) -> datetime | None:
        return min(self._due_times(), default=None)

    async def run_until(self, target: datetime) -> None:
        """Let everything happen that is due until then, each thing at its own time."""
        while True:
            at = min(max(self.next_due_at() or target, self.at), target)
            self._integrate(at)
            if isinstance(self._charger.clock, ManualClock):
                self._charger.clock.set(at)
            await self._fire(at)
            if at >= target:
                return

    def _integrate(self, until: datetime) -> None:
        seconds = (until - self.at).total_seconds()
        if seconds <= 0:
            return
        for evse in self._charger.evse_list:
            evse.charge(seconds)
        self.at = until

    def _due_times(self) -> Iterator[datetime]:
        charger = self._charger
        if charger.is_ready and charger.settings.heartbeat_interval_s > 0:
            yield self._heartbeat_at + timedelta(seconds=charger.settings.heartbeat_interval_s)
        if charger.settings.aligned_interval_s > 0:
            yield self._next_aligned()
        for evse in charger.evse_list:
            yield from self._due_at(evse)

    def _due_at(self, evse: Evse) -> Iterator[datetime]:
        settings = self._charger.settings
        if evse.token and not evse.is_plugged and evse.authorized_at:
            yield evse.authorized_at + timedelta(seconds=settings.connection_timeout_s)
        if evse.reservation:
            yield evse.reservation.expires_at
        if evse.transaction is None:
            return
        if settings.sample_interval_s > 0:
            yield evse.transaction.sampled_at + timedelta(seconds=settings.sample_interval_s)
        if evse.power_w > 0:
            yield self.at + LONGEST_STEP
        boundary = self._charger.profiles.next_boundary(self.at, evse.transaction.started_at)
        if boundary:
            yield boundary

    def _next_aligned(self) -> datetime:
        """The next multiple of the interval since midnight UTC (OCPP 1.6 §3.14)."""
        midnight = self._aligned_at.replace(hour=0, minute=0, second=0, microsecond=0)
        interval = timedelta(seconds=self._charger.settings.aligned_interval_s)
        return midnight + ((self._aligned_at - midnight) // interval + 1) * interval

    async def _fire(self, at: datetime) -> None:
        charger = self._charger
        is_aligned = charger.settings.aligned_interval_s > 0 and at >= self._next_aligned()
        if is_aligned:
            self._aligned_at = at
        for evse in charger.evse_list:
            await self._fire_evse(evse, at)
            if is_aligned:
                await charger.flow.sample(evse, ReadingContext.CLOCK, charger.settings.aligned_measurands)
        if charger.is_ready and 0 < charger.settings.heartbeat_interval_s <= self._silent_s(at):
            self._heartbeat_at = at
            await charger.heartbeat()

    def _silent_s(self, at: datetime) -> float:
        return (at - self._heartbeat_at).total_seconds()

    async def _fire_evse(self, evse: Evse, at: datetime) -> None:
        flow, settings = self._charger.flow, self._charger.settings
        if evse.reservation and evse.reservation.expires_at <= at:
            await flow.end_reservation(evse, "Expired")
            await flow.report_status(evse)
        if evse.token and not evse.is_plugged and evse.authorized_at:
            waited_s = (at - evse.authorized_at).total_seconds()
            if waited_s >= settings.connection_timeout_s:
                await flow.stop(evse, StopReason.TIMEOUT, Trigger.EV_CONNECT_TIMEOUT)
        apply_limit(self._charger, evse)
        await flow.report_charging_state(evse)
        transaction = evse.transaction
        if transaction is None or settings.sample_interval_s <= 0:
            return
        if (at - transaction.sampled_at).total_seconds() >= settings.sample_interval_s:
            transaction.sampled_at = at
            await flow.sample(evse, ReadingContext.PERIODIC, settings.sampled_measurands)
