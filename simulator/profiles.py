"""Charging profiles as a charger keeps and obeys them (OCPP 1.6 §3.13, 2.x K01)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

STATION_PURPOSES = ("ChargePointMaxProfile", "ChargingStationMaxProfile", "ChargingStationExternalConstraints")
PERIOD_OF = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}
NOMINAL_V = 230.0


@dataclass(frozen=True, slots=True)
class Period:
    start_s: int
    limit: float
    phases: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile with its one schedule; `evse` 0 is the whole station."""

    id: int
    evse: int
    stack_level: int
    purpose: str
    kind: str
    unit: str
    periods: tuple[Period, ...]
    recurrency: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    start_schedule: datetime | None = None
    duration_s: int | None = None
    transaction_id: int | str | None = None

    def period_at(self, at: datetime, started_at: datetime | None) -> Period | None:
        """The period in force at this moment, None when the profile has nothing to say."""
        if (self.valid_from and at < self.valid_from) or (self.valid_to and at >= self.valid_to):
            return None
        elapsed_s = self._elapsed_s(at, started_at)
        if elapsed_s is None or elapsed_s < 0 or (self.duration_s is not None and elapsed_s >= self.duration_s):
            return None
        current = [period for period in self.periods if period.start_s <= elapsed_s]
        return current[-1] if current else None

    def _elapsed_s(self, at: datetime, started_at: datetime | None) -> float | None:
        if self.kind == "Relative":
            return (at - started_at).total_seconds() if started_at else None
        if self.start_schedule is None:
            return (at - started_at).total_seconds() if started_at else 0.0
        elapsed = at - self.start_schedule
        if self.kind == "Recurring":
            elapsed %= PERIOD_OF[self.recurrency or "Daily"]
        return elapsed.total_seconds()

    def limit_w(self, period: Period, phases: int) -> float:
        if self.unit == "W":
            return period.limit
        return period.limit * NOMINAL_V * max(1, min(period.phases or 3, phases))

    def boundaries(self, after: datetime, started_at: datetime | None) -> Iterable[datetime]:
        """The moments after `after` at which this profile may change the limit."""
        elapsed_s = self._elapsed_s(after, started_at)
        yield from (at for at in (self.valid_from, self.valid_to) if at and at > after)
        if elapsed_s is None:
            return
        ends = [period.start_s for period in self.periods]
        ends += [self.duration_s] if self.duration_s is not None else []
        ends += [int(PERIOD_OF[self.recurrency or "Daily"].total_seconds())] if self.kind == "Recurring" else []
        yield from (after + timedelta(seconds=end - elapsed_s) for end in ends if end > elapsed_s)


@dataclass(slots=True)
class ProfileStore:
    profiles: list[Profile] = field(default_factory=list)

    def install(self, profile: Profile) -> None:
        """Replaces the one with the same id, or with the same purpose, stack level and EVSE (K01.FR.05, FR.06)."""
        self.profiles = [kept for kept in self.profiles if not _collide(kept, profile)] + [profile]

    def clear(
        self,
        *,
        profile_id: int | None = None,
        evse: int | None = None,
        purpose: str | None = None,
        stack_level: int | None = None,
    ) -> int:
        """Remove what matches all given criteria; the id alone decides when it is given. Returns how many."""
        before = len(self.profiles)
        if profile_id is not None:
            self.profiles = [kept for kept in self.profiles if kept.id != profile_id]
        else:
            self.profiles = [
                kept
                for kept in self.profiles
                if (evse is not None and kept.evse != evse)
                or (purpose is not None and kept.purpose != purpose)
                or (stack_level is not None and kept.stack_level != stack_level)
            ]
        return before - len(self.profiles)

    def end_transaction(self, evse: int) -> None:
        """A TxProfile lives as long as its transaction."""
        self.profiles = [kept for kept in self.profiles if kept.purpose != "TxProfile" or kept.evse != evse]

    def limit_w(self, evse: int, at: datetime, *, started_at: datetime | None, phases: int) -> float | None:
        """The lowest of the station limit and the TxProfile (else the TxDefaultProfile); None without any."""
        limits = [
            self._limit_of(
                [kept for kept in self.profiles if kept.purpose in STATION_PURPOSES], at, started_at, phases
            ),
            self._transaction_limit(evse, at, started_at, phases),
        ]
        given = [limit for limit in limits if limit is not None]
        return min(given) if given else None

    def next_boundary(self, after: datetime, started_at: datetime | None) -> datetime | None:
        return min((at for kept in self.profiles for at in kept.boundaries(after, started_at)), default=None)

    def composite(
        self, evse: int, start: datetime, duration_s: int, *, started_at: datetime | None, phases: int, maximum_w: float
    ) -> list[tuple[int, float]]:
        """(offset in s, limit in W) for each change within the duration; `maximum_w` is the hardware's own limit."""
        end = start + timedelta(seconds=duration_s)
        moments = [start]
        while (boundary := self.next_boundary(moments[-1], started_at)) and boundary < end:
            moments.append(boundary)
        steps = []
        for at in moments:
            limit = self.limit_w(evse, at, started_at=started_at, phases=phases)
            steps.append((round((at - start).total_seconds()), min(maximum_w, maximum_w if limit is None else limit)))
        return steps[:1] + [step for before, step in pairwise(steps) if step[1] != before[1]]

    def _transaction_limit(self, evse: int, at: datetime, started_at: datetime | None, phases: int) -> float | None:
        for purpose in ("TxProfile", "TxDefaultProfile"):
            candidates = [kept for kept in self.profiles if kept.purpose == purpose and kept.evse in (evse, 0)]
            limit = self._limit_of(candidates, at, started_at, phases)
            if limit is not None:
                return limit
        return None

    @staticmethod
    def _limit_of(candidates: list[Profile], at: datetime, started_at: datetime | None, phases: int) -> float | None:
        """The highest stack level that has a period now decides; an EVSE's own profile before one for all."""
        for profile in sorted(candidates, key=lambda kept: (kept.stack_level, kept.evse), reverse=True):
            period = profile.period_at(at, started_at)
            if period is not None:
                return profile.limit_w(period, phases)
        return None


def _collide(one: Profile, other: Profile) -> bool:
    same_place = (one.purpose, one.stack_level, one.evse) == (other.purpose, other.stack_level, other.evse)
    return one.id == other.id or same_place


def parse_moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
