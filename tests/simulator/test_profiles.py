"""Which limit holds when, by the rules of OCPP 1.6 §3.13 and 2.x K01."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from simulator.profiles import Period, Profile, ProfileStore

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BASE = Profile(
    id=1,
    evse=1,
    stack_level=0,
    purpose="TxDefaultProfile",
    kind="Absolute",
    unit="W",
    periods=(Period(0, 7_000), Period(600, 5_000)),
    start_schedule=NOON,
)


def limit(*profiles: Profile, seconds: float = 0, evse: int = 1, phases: int = 3) -> float | None:
    store = ProfileStore(list(profiles))
    return store.limit_w(evse, NOON + timedelta(seconds=seconds), started_at=NOON, phases=phases)


@pytest.mark.parametrize(("seconds", "expected"), [(0, 7_000), (599, 7_000), (600, 5_000), (90_000, 5_000)])
def test_the_period_in_force_decides(seconds: float, expected: float) -> None:
    assert limit(BASE, seconds=seconds) == expected


def test_nothing_holds_before_the_start_after_the_duration_or_outside_validity() -> None:
    assert limit(BASE, seconds=-1) is None
    assert limit(replace(BASE, duration_s=900), seconds=900) is None
    assert limit(replace(BASE, valid_from=NOON + timedelta(hours=1))) is None
    assert limit(replace(BASE, valid_to=NOON)) is None


def test_a_daily_profile_comes_back() -> None:
    daily = replace(BASE, kind="Recurring", recurrency="Daily", duration_s=1200)
    assert limit(daily, seconds=86_400 + 60) == 7_000
    assert limit(daily, seconds=86_400 + 1300) is None


def test_a_relative_profile_counts_from_the_start_of_the_transaction() -> None:
    relative = replace(BASE, kind="Relative", start_schedule=None)
    store = ProfileStore([relative])
    at = NOON + timedelta(minutes=15)
    assert store.limit_w(1, at, started_at=NOON + timedelta(minutes=10), phases=3) == 7_000
    assert store.limit_w(1, at, started_at=None, phases=3) is None


def test_the_higher_stack_level_wins_and_the_lower_fills_its_gaps() -> None:
    high = replace(BASE, id=2, stack_level=5, periods=(Period(0, 3_000),), duration_s=300)
    assert limit(BASE, high) == 3_000
    assert limit(BASE, high, seconds=301) == 7_000


def test_a_tx_profile_replaces_the_default_and_the_station_limit_caps_both() -> None:
    own = replace(BASE, id=2, purpose="TxProfile", periods=(Period(0, 9_000),))
    station = replace(BASE, id=3, purpose="ChargePointMaxProfile", evse=0, periods=(Period(0, 8_000),))
    assert limit(BASE, own) == 9_000
    assert limit(BASE, own, station) == 8_000


def test_amperes_count_for_each_phase_in_use() -> None:
    ampere = replace(BASE, unit="A", periods=(Period(0, 10),))
    assert limit(ampere) == 6_900
    assert limit(ampere, phases=1) == 2_300
    assert limit(replace(ampere, periods=(Period(0, 10, phases=1),))) == 2_300


def test_the_same_place_in_the_stack_is_replaced() -> None:
    store = ProfileStore()
    store.install(BASE)
    store.install(replace(BASE, id=2))
    assert [profile.id for profile in store.profiles] == [2]


def test_the_composite_schedule_has_a_step_for_each_change() -> None:
    store = ProfileStore([replace(BASE, duration_s=1200)])
    steps = store.composite(1, NOON, 3600, started_at=NOON, phases=3, maximum_w=22_000)
    assert steps == [(0, 7_000), (600, 5_000), (1200, 22_000)]
