"""Energy from registers, as real meters count (quirks F)."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charging.readings import (
    LiveState,
    MeterEvidence,
    Point,
    advance,
    climb,
    interval_energy_wh,
    marked_register,
    registers,
    session_energy,
    totals,
)
from charging.reports import Sample
from charging.states import AnomalyKind, Location, Measurand, Phase, ReadingContext
from tests.charging.station import NINE, after, power, register

FALL, JUMP, NONE = AnomalyKind.REGISTER_DECREASE, AnomalyKind.REGISTER_JUMP, AnomalyKind.MISSING_REGISTER


def points(*values: float, first_minute: int = 1) -> list[Point]:
    """One a minute."""
    return [Point(after(first_minute + index), value) for index, value in enumerate(values)]


@pytest.mark.parametrize(
    ("start", "stop", "readings", "energy_wh", "flags"),
    [
        pytest.param(1000, 6000, (), 5000, (), id="start and stop, no readings"),
        pytest.param(1000, 6000, (1500, 3000, 5500), 5000, (), id="lifetime register everywhere"),
        pytest.param(0, 5000, (500, 3000, 4900), 5000, (), id="session-relative everywhere"),
        pytest.param(1000, 1000, (), 0, (), id="nothing delivered"),
        pytest.param(900_000, 905_000, (0, 2500, 5000), 5000, (), id="only readings session-relative"),
        pytest.param(0, 5000, (900_000, 902_000, 904_900), 5000, (), id="readings lifetime, start and stop relative"),
        pytest.param(0, 905_000, (900_000, 902_000, 905_000), 5000, (JUMP,), id="start zero, all else lifetime"),
        pytest.param(0, 905_000, (), 0, (JUMP,), id="start zero, stop lifetime, no readings"),
        pytest.param(6000, 1000, (), 0, (FALL,), id="stop below start"),
        pytest.param(6000, 300, (6500, 8000, 0, 300), 2300, (FALL,), id="reset on the way"),
        pytest.param(900_000, 4_000, (0, 2_000, 4_000), 4_000, (FALL,), id="only the start is lifetime"),
        pytest.param(1000, 6000, (1500, 0, 3000), 5000, (), id="a zero in between is a glitch"),
        pytest.param(1000, 6000, (1500, 99_999_999, 3000), 5000, (), id="a giant in between is a glitch"),
        pytest.param(1000, 6000, (2000, 9000), 5000, (FALL,), id="readings above the stop"),
        pytest.param(5000, 20_000, (1000, 10_000, 19_000), 15_000, (FALL,), id="reset before the first reading"),
        pytest.param(5000, 20_000, (0, 0, 12_000), 15_000, (), id="zeros until the meter is read"),
        pytest.param(123, 133, (123_400, 128_000, 133_300), 10, (FALL,), id="start and stop in kWh"),
        pytest.param(1000, None, (1500, 3000), 2000, (), id="no stop register"),
        pytest.param(1000, None, (1500, 0, 3000), 2000, (), id="no stop register, glitch"),
        pytest.param(900_000, None, (0, 2500), 2500, (), id="no stop register, readings session-relative"),
        pytest.param(0, None, (900_000, 902_000), 2000, (JUMP,), id="no stop register, start zero, readings lifetime"),
        pytest.param(4567, None, (4500, 5000), 433, (), id="readings in whole kWh or tenths: rounding is no fall"),
        pytest.param(None, 6000, (1500, 3000), 4500, (), id="no start register"),
        pytest.param(None, 6000, (), 0, (NONE,), id="only a stop register"),
        pytest.param(1000, None, (), 0, (NONE,), id="only a start register"),
        pytest.param(None, None, (1500, 3000), 1500, (), id="only readings"),
        pytest.param(None, None, (1500,), 0, (NONE,), id="one reading tells nothing"),
        pytest.param(None, None, (), 0, (NONE,), id="nothing at all"),
        pytest.param(None, 200, (1500, 3000), 1500, (FALL,), id="no start register, stop reset"),
    ],
)
def test_energy_of_a_session(
    start: int | None, stop: int | None, readings: tuple[float, ...], energy_wh: int, flags: tuple[AnomalyKind, ...]
) -> None:
    verdict = session_energy(
        MeterEvidence(
            started_at=NINE,
            ended_at=after(10),
            meter_start_wh=start,
            meter_stop_wh=stop,
            registers=points(*readings),
        )
    )
    assert (verdict.energy_wh, verdict.flags) == (energy_wh, frozenset(flags))


def test_intervals_count_where_there_is_no_register() -> None:
    verdict = session_energy(MeterEvidence(started_at=NINE, ended_at=after(10), interval_wh=1234.4))
    assert (verdict.energy_wh, verdict.flags) == (1234, frozenset())


def test_without_true_times_the_station_is_believed() -> None:
    """A station without a clock replays start and stop within a second: that says nothing of its meter."""
    verdict = session_energy(MeterEvidence(started_at=NINE, ended_at=None, meter_start_wh=0, meter_stop_wh=250_000))
    assert (verdict.energy_wh, verdict.flags) == (250_000, frozenset())


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([register(1, 10), register(0, 5)], [5, 10], id="sorted by time"),
        pytest.param(
            [register(0, 3, Phase.L1), register(0, 4, Phase.L2), register(0, 5, Phase.L3)], [12], id="sum of phases"
        ),
        pytest.param([register(0, 7, Phase.L1_N), register(1, 9, Phase.L1_N)], [7, 9], id="only one phase"),
        pytest.param(
            [register(0, 3, Phase.L1), register(0, 4, Phase.L2), register(0, 7.5)], [7.5], id="the total counts"
        ),
        pytest.param(
            [register(0, 3, Phase.L1), register(0, 4, Phase.L2), register(1, 4, Phase.L1)],
            [7],
            id="a phase left out is no fall",
        ),
        pytest.param([register(0, float("nan")), register(0, float("inf")), register(0, 1e20)], [], id="no numbers"),
        pytest.param([power(0, 5)], [], id="another measurand"),
        pytest.param([register(0, 5)._replace(location=Location.INLET)], [], id="the grid side of the station"),
    ],
)
def test_registers_of_the_outlet(samples: list[Sample], expected: list[float]) -> None:
    assert [point.value for point in registers(samples)] == expected


def test_register_marked_as_begin_or_end() -> None:
    samples = [
        register(0, 10, context=ReadingContext.BEGIN),
        register(5, 60),
        register(9, 90.4, context=ReadingContext.END),
    ]
    assert marked_register(samples, ReadingContext.BEGIN) == Point(after(0), 10)
    assert marked_register(samples, ReadingContext.END) == Point(after(9), 90.4)
    assert marked_register(samples, ReadingContext.TRIGGER) is None


def test_overlapping_kinds_of_intervals_are_not_added() -> None:
    periodic = Sample(after(1), Measurand.ENERGY_IMPORT_INTERVAL, 100.0)
    samples = [periodic, periodic, periodic._replace(at=after(2)), periodic._replace(context=ReadingContext.CLOCK)]
    assert interval_energy_wh(samples) == 200
    assert interval_energy_wh([]) is None


def test_live_shows_newest_power_and_state_of_charge() -> None:
    soc = Sample(after(1), Measurand.SOC, 55.0, location=Location.EV)
    state = advance(LiveState(NINE, meter_start_wh=1000), [power(1, 11_000), soc, register(1, 1100)], after(1))
    assert state[1:] == (after(1), 1000, 1000, 1100, 100, 11_000, 55)


def test_live_power_is_the_sum_of_the_phases() -> None:
    samples = [power(1, 3600, Phase.L1), power(1, 3700, Phase.L2), power(1, 3500, Phase.L3)]
    assert advance(LiveState(NINE), samples, after(1)).power_w == 10_800


def test_live_replayed_readings_add_energy_but_show_no_old_power() -> None:
    state = advance(LiveState(NINE, meter_start_wh=1000), [register(10, 3000), power(10, 7000)], after(10))
    state = advance(state, [register(5, 2000), power(5, 11_000)], after(11))
    assert (state.energy_wh, state.register_wh, state.power_w, state.last_reading_at) == (2000, 3000, 7000, after(10))


def test_live_time_of_a_clock_that_runs_ahead_is_ours() -> None:
    """Otherwise one reading from the year 2099 would hide all that follow."""
    assert advance(LiveState(NINE), [power(60 * 24 * 365, 7000)], after(1)).last_reading_at == after(1)


def test_climb_gives_up_on_a_register_that_only_falls() -> None:
    assert climb(points(*range(5000, 0, -1))).energy_wh == 0


wild = st.one_of(
    st.integers(0, 2_000_000).map(float),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -1.0, 1e14, 1e15, 99_999_999.0]),
)
maybe_wh = st.none() | st.integers(-10, 2_000_000)


@given(
    start=maybe_wh,
    messages=st.lists(st.lists(st.tuples(st.integers(-60, 600), wild), max_size=4), max_size=12),
)
def test_live_energy_never_falls_and_is_never_negative(
    start: int | None, messages: list[list[tuple[int, float]]]
) -> None:
    states = [LiveState(NINE, meter_start_wh=start)]
    for number, message in enumerate(messages):
        samples = [register(minutes, value) for minutes, value in message]
        states.append(advance(states[-1], samples, after(number)))
    assert states[0].energy_wh == 0
    assert all(before.energy_wh <= later.energy_wh for before, later in pairwise(states))


@given(start=maybe_wh, stop=maybe_wh, values=st.lists(wild, max_size=12), minutes=st.integers(0, 600) | st.none())
def test_energy_of_a_session_is_never_negative(
    start: int | None, stop: int | None, values: list[float], minutes: int | None
) -> None:
    verdict = session_energy(
        MeterEvidence(
            started_at=NINE,
            ended_at=None if minutes is None else after(minutes),
            meter_start_wh=start,
            meter_stop_wh=stop,
            registers=registers(register(index, value) for index, value in enumerate(values)),
        )
    )
    assert verdict.energy_wh >= 0


@given(
    origin=st.integers(0, 1_000_000),
    steps=st.lists(st.integers(0, 400), min_size=1, max_size=60),
    relative=st.booleans(),
    gap=st.integers(0, 59),
)
def test_a_meter_that_only_rises_gives_the_same_energy_with_or_without_a_stop(
    origin: int, steps: list[int], relative: bool, gap: int
) -> None:
    """Whether the readings count from the meter's making or from the session's start, and whatever gets lost."""
    counted = [sum(steps[: index + 1]) for index in range(len(steps))]
    readings = [Point(after(index + 1), value + (0 if relative else origin)) for index, value in enumerate(counted)]
    kept = [point for index, point in enumerate(readings) if index != gap or index == len(readings) - 1]
    if relative and origin and kept[0].value >= origin - 1000:
        return  # cannot be told apart from a lifetime register
    evidence = MeterEvidence(started_at=NINE, ended_at=NINE + timedelta(hours=2), meter_start_wh=origin, registers=kept)
    assert session_energy(evidence).energy_wh == counted[-1]
    live = LiveState(NINE, meter_start_wh=origin)
    for point in kept:
        live = advance(live, [Sample(point.at, Measurand.ENERGY_IMPORT_REGISTER, point.value)], point.at)
    assert live.energy_wh == counted[-1]


@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from(list(Phase)), wild), max_size=20))
def test_totals_are_sorted_and_are_numbers(values: list[tuple[int, Phase, float]]) -> None:
    found = totals([power(minutes, value, phase) for minutes, phase, value in values], Measurand.POWER_IMPORT)
    assert found == sorted(found)
    assert all(abs(point.value) < 1e16 for point in found)
