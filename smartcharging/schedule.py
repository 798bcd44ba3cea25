"""Which limit holds when: charging profiles stacked and combined (OCPP 1.6 §3.13, OCPP 2.0.1 K01). No ORM here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from charging.profiles import Kind, Period, Profile, Purpose, RateUnit, Recurrency

SPANS = {Recurrency.DAILY: timedelta(days=1), Recurrency.WEEKLY: timedelta(days=7)}
NOMINAL_V = 230.0
USUAL_PHASES = 3
# IEC 61851-1: below this no car charges; such a limit is a pause.
LEAST_A = 6.0


@dataclass(frozen=True, slots=True)
class Supply:
    """What a place is connected to. ``phases`` 0 is direct current."""

    phases: int = USUAL_PHASES
    voltage_v: float = NOMINAL_V
    max_w: float | None = None

    @property
    def w_per_a(self) -> float:
        return self.voltage_v * (self.phases or 1)


@dataclass(frozen=True, slots=True)
class Running:
    """The transaction at a place."""

    transaction_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """From ``start_s`` on; ``limit_w`` None: nothing limits it."""

    start_s: int
    limit_w: float | None


def period_at(profile: Profile, at: datetime, running: Running | None = None) -> Period | None:
    """The period in force, None when the profile has nothing to say at that moment."""
    if (profile.valid_from and at < profile.valid_from) or (profile.valid_to and at >= profile.valid_to):
        return None
    begin = _begin_of(profile, at, running)
    if begin is None or at < begin:
        return None
    elapsed_s = (at - begin).total_seconds()
    if profile.duration_s is not None and elapsed_s >= profile.duration_s:
        return None
    return next((period for period in reversed(profile.periods) if period.start_s <= elapsed_s), None)


def prevailing(profiles: Iterable[Profile], at: datetime, running: Running | None) -> tuple[Profile, Period] | None:
    """The highest stack level that has a period now; an EVSE's own profile before one for all (§3.13.1, §3.13.2)."""
    for profile in sorted(profiles, key=lambda each: (each.stack_level, each.evse_number), reverse=True):
        period = period_at(profile, at, running)
        if period is not None:
            return profile, period
    return None


def power_w(unit: RateUnit, period: Period, supply: Supply) -> float:
    """Amperes are per phase, watts of all phases together. More phases than the place has are not there."""
    if unit == RateUnit.WATTS:
        return period.limit
    if not supply.phases:
        return period.limit * supply.voltage_v
    return period.limit * supply.voltage_v * min(period.phases or USUAL_PHASES, supply.phases)


def limit_at(
    profiles: Sequence[Profile], evse_number: int, at: datetime, running: Running | None, supply: Supply
) -> float | None:
    """In watts: the lowest of the station's limit, the session's, and the hardware's. None: nothing limits it."""
    chosen = [_of_station(profiles, at, running)]
    if evse_number:
        chosen.append(_of_session(profiles, evse_number, at, running))
    limits = [power_w(profile.unit, period, supply) for profile, period in filter(None, chosen)]
    return min([*limits, *([supply.max_w] if supply.max_w is not None else [])], default=None)


def composite(
    profiles: Sequence[Profile],
    evse_number: int,
    start: datetime,
    duration_s: int,
    *,
    running: Running | None = None,
    supply: Supply = Supply(),
) -> list[Step]:
    """Each change of the limit within the duration (OCPP 1.6 §5.7, OCPP 2.0.1 K08)."""
    end = start + timedelta(seconds=duration_s)
    moments = {start, *(at for each in profiles for at in _boundaries(each, start, end, running) if start < at < end)}
    steps: list[Step] = []
    for at in sorted(moments):
        limit_w = limit_at(profiles, evse_number, at, running, supply)
        if not steps or steps[-1].limit_w != limit_w:
            steps.append(Step(round((at - start).total_seconds()), limit_w))
    return steps


def is_pause(limit_w: float, supply: Supply) -> bool:
    """Whether a car would stop charging by alternating current."""
    return bool(supply.phases) and limit_w < LEAST_A * supply.w_per_a


def replaces(new: Profile, old: Profile) -> bool:
    """The same id, or the same purpose, stack level and place (OCPP 1.6 §5.16.3, OCPP 2.0.1 K01.FR.05, FR.06)."""
    if new.number == old.number:
        return True
    return (new.purpose, new.stack_level, new.evse_number) == (old.purpose, old.stack_level, old.evse_number)


def _of_station(profiles: Iterable[Profile], at: datetime, running: Running | None) -> tuple[Profile, Period] | None:
    return prevailing((each for each in profiles if each.purpose == Purpose.STATION_MAX), at, running)


def _of_session(
    profiles: Sequence[Profile], evse_number: int, at: datetime, running: Running | None
) -> tuple[Profile, Period] | None:
    """A session's own limit overrules the one for every session (§3.13.1)."""
    own = [
        each
        for each in profiles
        if each.purpose == Purpose.TX
        and each.evse_number == evse_number
        and running is not None
        and each.transaction_id in ("", running.transaction_id)
    ]
    general = [each for each in profiles if each.purpose == Purpose.TX_DEFAULT and each.evse_number in (0, evse_number)]
    return prevailing(own, at, running) or prevailing(general, at, running)


def _begin_of(profile: Profile, at: datetime, running: Running | None) -> datetime | None:
    """When the schedule, or its repetition around that moment, began."""
    if profile.kind == Kind.RELATIVE or profile.start_at is None:
        return running.started_at if running else None
    if profile.kind != Kind.RECURRING or at < profile.start_at:
        return profile.start_at
    span = SPANS[profile.recurrency or Recurrency.DAILY]
    return profile.start_at + (at - profile.start_at) // span * span


def _boundaries(profile: Profile, start: datetime, end: datetime, running: Running | None) -> Iterator[datetime]:
    """The moments between which the profile says one thing."""
    yield from filter(None, (profile.valid_from, profile.valid_to))
    begin = _begin_of(profile, start, running)
    span = SPANS[profile.recurrency or Recurrency.DAILY] if profile.kind == Kind.RECURRING else None
    while begin is not None and begin < end:
        yield begin
        yield from (begin + timedelta(seconds=period.start_s) for period in profile.periods)
        if profile.duration_s is not None:
            yield begin + timedelta(seconds=profile.duration_s)
        begin = begin + span if span else None
