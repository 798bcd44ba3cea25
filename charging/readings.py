"""How much energy the registers tell: arithmetic on readings, without the database. See docs/ledger.md.

Registers are in Wh. Real meters count from anywhere: from their making, from the start of the session, from the last
reboot; and some send a zero or a giant now and then. The rules err on the side of too little, and say so.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import dropwhile
from operator import itemgetter
from typing import NamedTuple

from charging.reports import Sample
from charging.states import AnomalyKind, Location, Measurand, Phase, ReadingContext

# Nothing on the road draws more; what climbs faster than this is another meter, not energy.
MAX_POWER_W = 1_000_000
# Steps up to these are believed whatever the time between: clocks are coarse, and samples are sent late.
READING_STEP_WH = 50_000
SESSION_STEP_WH = 200_000
# Stations round registers, some to whole kWh.
ROUNDING_WH = 1_000
# No meter has counted so far: 1 PWh. (A value that is no number is not below it either.)
ABSURD = 1e15
# A register that falls at every reading is nonsense; looking further would cost more than it tells.
MAX_PASSES = 20

MOMENT = itemgetter(0)
# Named once: Python 3.11 takes its time to find a member of an enumeration, and these are asked for at every reading.
REGISTER, POWER, SOC, TOTAL = Measurand.ENERGY_IMPORT_REGISTER, Measurand.POWER_IMPORT, Measurand.SOC, Phase.TOTAL

SUMMED_PHASES = {
    Phase.L1: Phase.L1,
    Phase.L1_N: Phase.L1,
    Phase.L2: Phase.L2,
    Phase.L2_N: Phase.L2,
    Phase.L3: Phase.L3,
    Phase.L3_N: Phase.L3,
}


class Point(NamedTuple):
    """A value at a time, of the whole outlet."""

    at: datetime
    value: float


class Climb(NamedTuple):
    """What a series of registers adds up to, and what did not fit."""

    energy_wh: float = 0.0
    falls: bool = False
    jumps: bool = False


@dataclass(frozen=True, slots=True)
class MeterEvidence:
    """All that is known of a session's energy. ``ended_at`` None: it goes on, or its times cannot be trusted."""

    started_at: datetime
    ended_at: datetime | None = None
    meter_start_wh: int | None = None
    meter_stop_wh: int | None = None
    registers: Sequence[Point] = ()
    interval_wh: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    energy_wh: int
    flags: frozenset[AnomalyKind] = frozenset()


class LiveState(NamedTuple):
    """What a running session shows. ``register_base_wh`` is where its register counts from; None: none seen yet."""

    started_at: datetime
    last_reading_at: datetime | None = None
    meter_start_wh: int | None = None
    register_base_wh: int | None = None
    register_wh: int | None = None
    energy_wh: int = 0
    power_w: float | None = None
    soc_percent: float | None = None


def totals(samples: Iterable[Sample], measurand: Measurand, location: Location = Location.OUTLET) -> list[Point]:
    """Values of the whole outlet, oldest first. Phases are added up where the station tells no total."""
    wanted = [
        sample for sample in samples if sample[1] == measurand and sample[4] == location and abs(sample[2]) < ABSURD
    ]
    whole = [Point(sample[0], sample[2]) for sample in wanted if sample[3] == TOTAL]
    if len(whole) < 2 and len(whole) == len(wanted):
        return whole
    by_phase: dict[tuple[datetime, ReadingContext], dict[Phase, float]] = defaultdict(dict)
    for at, _, value, phase, _, context in wanted:
        if phase in SUMMED_PHASES:
            by_phase[at, context][SUMMED_PHASES[phase]] = value
    return sorted(whole or _phase_sums(by_phase))


def _phase_sums(by_phase: dict[tuple[datetime, ReadingContext], dict[Phase, float]]) -> list[Point]:
    """Sums of equally many phases only: leaving one out now and then would look like a fall of the register."""
    widest = max(map(len, by_phase.values()), default=0)
    return [Point(at, sum(values.values())) for (at, _), values in by_phase.items() if len(values) == widest]


def registers(samples: Iterable[Sample]) -> list[Point]:
    return totals(samples, REGISTER)


def marked_register(samples: Iterable[Sample], context: ReadingContext) -> Point | None:
    """The register that a station marks as the one at the begin or the end of its transaction."""
    marked = registers(sample for sample in samples if sample.context == context)
    return marked[-1] if marked else None


def interval_energy_wh(samples: Iterable[Sample]) -> float | None:
    """Energy from interval readings; periodic and clock-aligned intervals overlap, so only one kind is added up."""
    samples = list(samples)
    for context in (ReadingContext.PERIODIC, ReadingContext.CLOCK):
        points = totals((s for s in samples if s.context == context), Measurand.ENERGY_IMPORT_INTERVAL)
        if points:
            return sum(max(0.0, value) for value in dict(points).values())
    return None


def could_flow(energy_wh: float, elapsed: timedelta, step_wh: int) -> bool:
    """Whether so much can have flowed in so short a time."""
    return energy_wh <= step_wh or energy_wh <= step_wh + MAX_POWER_W * max(elapsed.total_seconds(), 0.0) / 3600


def climb(series: Sequence[Point]) -> Climb:
    """The sum of the believable rises. What does not connect is a glitch if the series comes back, else a new meter."""
    energy_wh, falls, jumps = 0.0, False, False
    for _ in range(MAX_PASSES):
        if len(series) < 2:
            break
        gained, strays, dropped = _connect(series)
        energy_wh += gained
        falls |= dropped or any(stray.value < series[0].value for stray in strays)
        jumps |= any(stray.value > series[0].value + gained for stray in strays)
        series = strays
    return Climb(energy_wh, falls, jumps)


def _connect(series: Sequence[Point]) -> tuple[float, list[Point], bool]:
    """Follow the first register as far as it goes: (Wh gained, what is left over after it, a counter was dropped)."""
    last, strays, dropped = series[0], list[Point](), False
    for point in series[1:]:
        if last.value <= point.value and could_flow(point.value - last.value, point.at - last.at, READING_STEP_WH):
            dropped |= bool(strays) and strays[-1].value > strays[0].value
            last, strays = point, []
        else:
            strays.append(point)
    return last.value - series[0].value, strays, dropped


def session_energy(evidence: MeterEvidence) -> Verdict:
    """The energy of a session from its start and stop registers, checked against the readings in between."""
    start, stop = evidence.meter_start_wh, evidence.meter_stop_wh
    if start is not None and stop is not None:
        return _between(evidence, start, stop)
    if start is not None:
        return _since(evidence, start)
    return _without_start(evidence, stop)


def _between(evidence: MeterEvidence, start_wh: int, stop_wh: int) -> Verdict:
    readings = evidence.registers
    if stop_wh < start_wh:
        return _flagged(_climb_from(_with_stop(evidence, stop_wh), start_wh), AnomalyKind.REGISTER_DECREASE)
    if readings and evidence.ended_at and _start_is_odd(evidence, start_wh, stop_wh):
        return _verdict(stop_wh - readings[0].value, AnomalyKind.REGISTER_JUMP)
    if evidence.ended_at and not could_flow(
        stop_wh - start_wh, evidence.ended_at - evidence.started_at, SESSION_STEP_WH
    ):
        return _flagged(_climb_from(evidence, start_wh), AnomalyKind.REGISTER_JUMP)
    if readings and _passes(evidence, start_wh, stop_wh):
        return _verdict(stop_wh - start_wh, AnomalyKind.REGISTER_DECREASE)
    return _verdict(stop_wh - start_wh)


def _with_stop(evidence: MeterEvidence, stop_wh: int) -> MeterEvidence:
    """A meter that began anew tells by the stop what it has counted since its last reading."""
    if not evidence.registers:
        return evidence
    last = evidence.registers[-1]
    stop = Point(max(evidence.ended_at or last.at, last.at), float(stop_wh))
    return replace(evidence, registers=[*evidence.registers, stop])


def _start_is_odd(evidence: MeterEvidence, start_wh: int, stop_wh: int) -> bool:
    """Readings and stop count from the meter's making, the start from the session's (often: from zero)."""
    first, last = evidence.registers[0], evidence.registers[-1]
    steps = not could_flow(first.value - start_wh, first.at - evidence.started_at, READING_STEP_WH)
    return steps and first.value <= stop_wh and last.value <= stop_wh + ROUNDING_WH


def _passes(evidence: MeterEvidence, start_wh: int, stop_wh: int) -> bool:
    """The readings rise further than from start to stop, wherever they count from. (One giant alone is a glitch.)"""
    # Zeros before the first reading tell nothing: some stations send them until they have asked the meter.
    readings = list(dropwhile(lambda point: point.value == 0, evidence.registers))
    if not readings:
        return False
    since_base_wh = readings[0].value - register_base(start_wh, readings[0], evidence.started_at)
    return since_base_wh + climb(readings).energy_wh > stop_wh - start_wh + ROUNDING_WH


def _since(evidence: MeterEvidence, start_wh: int) -> Verdict:
    if evidence.registers:
        return _climb_from(evidence, start_wh)
    return _from_intervals(evidence)


def _climb_from(evidence: MeterEvidence, start_wh: int) -> Verdict:
    """What the readings tell, counted from the start register unless they count from somewhere else."""
    if not evidence.registers:
        return _verdict(0)
    first = evidence.registers[0]
    base = register_base(start_wh, first, evidence.started_at)
    rises = climb(evidence.registers)
    energy_wh = first.value - base + rises.energy_wh
    is_odd = base not in (0, start_wh)
    return _verdict(
        energy_wh,
        *([AnomalyKind.REGISTER_DECREASE] if rises.falls else []),
        *([AnomalyKind.REGISTER_JUMP] if rises.jumps or is_odd else []),
    )


def register_base(start_wh: int | None, first: Point, started_at: datetime) -> int:
    """Where the readings count from: the start register, zero (counted for each session), or the first of them."""
    if start_wh is None:
        return round(first.value)
    base = start_wh if first.value >= start_wh - ROUNDING_WH else 0
    return base if could_flow(first.value - base, first.at - started_at, READING_STEP_WH) else round(first.value)


def _without_start(evidence: MeterEvidence, stop_wh: int | None) -> Verdict:
    series = list(evidence.registers)
    if stop_wh is not None:
        series = list(_with_stop(evidence, stop_wh).registers)
    if len(series) < 2:
        return _from_intervals(evidence)
    rises = climb(series)
    return _verdict(
        rises.energy_wh,
        *([AnomalyKind.REGISTER_DECREASE] if rises.falls else []),
        *([AnomalyKind.REGISTER_JUMP] if rises.jumps else []),
    )


def _from_intervals(evidence: MeterEvidence) -> Verdict:
    if evidence.interval_wh is None:
        return _verdict(0, AnomalyKind.MISSING_REGISTER)
    return _verdict(evidence.interval_wh)


def _verdict(energy_wh: float, *flags: AnomalyKind) -> Verdict:
    return Verdict(max(0, round(energy_wh)), frozenset(flags))


def _flagged(verdict: Verdict, flag: AnomalyKind) -> Verdict:
    return Verdict(verdict.energy_wh, frozenset({flag}))


def advance(state: LiveState, samples: Sequence[Sample], received_at: datetime) -> LiveState:
    """What a running session shows after these samples. Its energy never falls, and never runs ahead of the meter."""
    if not samples:
        return state
    told = _by_measurand(samples)
    for point in totals(told[REGISTER], REGISTER):
        state = _count(state, point)
    newest = max(map(MOMENT, samples))
    if state.last_reading_at is not None and newest < state.last_reading_at:
        return state  # a replay: its energy counts, but what we show is newer
    power = totals(told[POWER], POWER)
    soc = [Point(sample.at, sample.value) for sample in told[SOC]]
    return LiveState(
        state.started_at,
        min(newest, received_at),
        *state[2:6],
        power[-1].value if power else state.power_w,
        max(soc).value if soc else state.soc_percent,
    )


def _by_measurand(samples: Iterable[Sample]) -> dict[int, list[Sample]]:
    """What a session shows, of the whole outlet or a phase of it; looked for once, at every message of every car."""
    told: dict[int, list[Sample]] = {REGISTER: [], POWER: [], SOC: []}
    for sample in samples:
        if sample[1] in told:
            told[sample[1]].append(sample)
    return told


def _count(state: LiveState, point: Point) -> LiveState:
    started_at, last_at, start_wh, base, register_wh, energy_wh, power_w, soc_percent = state
    if base is None:
        base = register_base(start_wh, point, started_at)
    counted = round(point.value) - base
    if counted > energy_wh and could_flow(counted - energy_wh, point.at - (last_at or started_at), READING_STEP_WH):
        energy_wh = counted
    if last_at is None or point.at >= last_at:
        register_wh = round(point.value)
    return LiveState(started_at, last_at, start_wh, base, register_wh, energy_wh, power_w, soc_percent)
