"""Which limit holds when: published cases of another implementation, and tables of our own."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from charging.profiles import Kind, Period, Profile, Purpose, RateUnit, Recurrency
from smartcharging.schedule import (
    Running,
    Step,
    Supply,
    composite,
    is_pause,
    limit_at,
    period_at,
    power_w,
    prevailing,
    replaces,
)

VECTORS = Path(__file__).parent.parent / "vectors" / "composite_schedule" / "microocpp_point_vectors.json"
CASES = {case["id"]: case for case in json.loads(VECTORS.read_text())["vectors"]}
NEW_YEAR = datetime(2023, 1, 1, tzinfo=UTC)
PURPOSES = {
    "ChargePointMaxProfile": Purpose.STATION_MAX,
    "TxDefaultProfile": Purpose.TX_DEFAULT,
    "TxProfile": Purpose.TX,
}
# One phase of 1 V: a limit in amperes is the same number of watts.
PLAIN = Supply(phases=1, voltage_v=1)
RUNNING = Running("123", NEW_YEAR)


def read(payload: dict[str, Any]) -> Profile:
    """A profile of OCPP 1.6 as the cases have it."""
    content = payload.get("csChargingProfiles") or payload["chargingProfile"]
    schedule = content["chargingSchedule"]
    recurrency = content.get("recurrencyKind")
    return Profile(
        number=content["chargingProfileId"],
        purpose=PURPOSES[content["chargingProfilePurpose"]],
        kind=Kind(content["chargingProfileKind"].lower()),
        unit=RateUnit(schedule["chargingRateUnit"]),
        periods=tuple(
            Period(period["startPeriod"], period["limit"], period["numberPhases"])
            for period in schedule["chargingSchedulePeriod"]
        ),
        evse_number=payload["connectorId"],
        stack_level=content["stackLevel"],
        recurrency=Recurrency(recurrency.lower()) if recurrency else None,
        start_at=moment(schedule.get("startSchedule")),
        duration_s=schedule.get("duration"),
        valid_from=moment(content.get("validFrom")),
        valid_to=moment(content.get("validTo")),
        transaction_id=str(content.get("transactionId", "")),
    )


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def profiles_of(case: dict[str, Any]) -> list[Profile]:
    return [read(message[3]) for message in case["messages"]]


POINTS = [
    "cpmax_absolute",
    "validity",
    "multiple_periods",
    "recurring_daily",
    "recurring_weekly",
    "stack_weekly_over_daily",
    "txdefault_relative",
    "txprofile_capped_by_cpmax",
]


@pytest.mark.parametrize("name", POINTS)
def test_the_limit_at_an_instant(name: str) -> None:
    profiles = profiles_of(CASES[name])
    for check in CASES[name]["checks"]:
        running = RUNNING if check.get("tx", "ended") not in (None, "ended") else None
        limit_w = limit_at(profiles, 1, datetime.fromisoformat(check["at"]), running, PLAIN)
        assert limit_w == check["limit_A"], check


def test_a_session_has_its_own_limit_by_its_transaction() -> None:
    """The station discards one of another transaction; ours does not count it either."""
    (profile,) = profiles_of(CASES["txprofile_rules"])
    assert profile.transaction_id == "123"
    assert limit_at([profile], 1, NEW_YEAR, RUNNING, PLAIN) == CASES["txprofile_rules"]["checks"][2]["limit_A"]
    assert limit_at([profile], 1, NEW_YEAR, Running("456", NEW_YEAR), PLAIN) is None
    assert limit_at([profile], 1, NEW_YEAR, None, PLAIN) is None
    assert limit_at([profile], 2, NEW_YEAR, RUNNING, PLAIN) is None


def test_both_units_are_combined_as_power() -> None:
    """The case keeps the units apart; what a car may draw is the lower of both."""
    profiles, (check,) = profiles_of(CASES["mixed_units"]), CASES["mixed_units"]["checks"]
    station = prevailing([each for each in profiles if each.purpose == Purpose.STATION_MAX], NEW_YEAR, RUNNING)
    session = prevailing([each for each in profiles if each.purpose == Purpose.TX], NEW_YEAR, RUNNING)
    assert station is not None
    assert session is not None
    assert (station[1].limit, session[1].limit) == (check["limit_W"], check["limit_A"])
    assert limit_at(profiles, 1, NEW_YEAR, RUNNING, Supply(phases=3)) == 20 * 230
    assert limit_at(profiles, 1, NEW_YEAR, RUNNING, Supply(phases=3, voltage_v=400)) == 5000


@pytest.mark.parametrize("name", ["composite_24h", "composite_gap"])
def test_the_schedule_that_follows(name: str) -> None:
    """Between the repetitions nothing limits."""
    wanted = CASES[name]["composite"]
    steps = composite(profiles_of(CASES[name]), 1, NEW_YEAR, wanted["duration"], supply=PLAIN)
    assert [[step.start_s, step.limit_w] for step in steps] == wanted["periods"]


@pytest.mark.parametrize("name", ["same_id_replaces", "same_stack_and_purpose_replaces"])
def test_what_takes_the_place_of_another(name: str) -> None:
    (first,), second = profiles_of(CASES[name]), read(CASES[name]["then"][3])
    assert replaces(second, first)
    assert not replaces(replace(second, number=9, stack_level=5), first)
    assert not replaces(replace(second, number=9, evse_number=2), first)


def test_every_case_is_used() -> None:
    others = {"txprofile_rules", "mixed_units", "composite_24h", "composite_gap"}
    assert {*POINTS, *others, "same_id_replaces", "same_stack_and_purpose_replaces"} == set(CASES)


def absolute(limit: float, *, evse: int = 0, level: int = 0, number: int = 1, **fields: Any) -> Profile:
    purpose = fields.pop("purpose", Purpose.TX_DEFAULT)
    fields = {"kind": Kind.ABSOLUTE, "start_at": NEW_YEAR, "periods": (Period(0, limit),), **fields}
    return Profile(number, purpose, unit=RateUnit.AMPERES, evse_number=evse, stack_level=level, **fields)


STACKS: dict[str, tuple[list[Profile], float | None]] = {
    # what: (profiles, limit at EVSE 1 an hour after their start)
    "nothing": ([], None),
    "the highest level": ([absolute(10, level=0), absolute(16, level=1)], 16),
    "a level that is over": ([absolute(10), absolute(16, level=1, duration_s=3600)], 10),
    "a level that has not begun": ([absolute(10), absolute(6, level=1, start_at=NEW_YEAR + timedelta(hours=2))], 10),
    "valid until now": ([absolute(10), absolute(6, level=1, valid_to=NEW_YEAR + timedelta(hours=1))], 10),
    "valid from now": ([absolute(10), absolute(6, level=1, valid_from=NEW_YEAR + timedelta(hours=1))], 6),
    "an EVSE's own": ([absolute(10), absolute(12, evse=1)], 12),
    "another EVSE's": ([absolute(10), absolute(12, evse=2)], 10),
    "a higher level for all": ([absolute(10, level=1), absolute(12, evse=1)], 10),
    "the session's own": ([absolute(10), absolute(20, evse=1, purpose=Purpose.TX, transaction_id="123")], 20),
    "the session's that is over": (
        [absolute(10), absolute(20, evse=1, purpose=Purpose.TX, transaction_id="123", duration_s=60)],
        10,
    ),
    "the station's": ([absolute(8, purpose=Purpose.STATION_MAX), absolute(20, evse=1)], 8),
    "from the start of the session": ([absolute(9, kind=Kind.RELATIVE, start_at=None)], 9),
}


@pytest.mark.parametrize("what", STACKS)
def test_stacking_and_purposes(what: str) -> None:
    profiles, expected = STACKS[what]
    for order in (profiles, profiles[::-1]):
        assert limit_at(order, 1, NEW_YEAR + timedelta(hours=1), RUNNING, PLAIN) == expected


def test_what_recurs_ends_with_its_span_and_begins_with_its_start() -> None:
    """Longer periods are cut; before the first begin there is nothing (OCPP 1.6 §5.16.4)."""
    late = (Period(0, 6), Period(12 * 3600, 16), Period(30 * 3600, 32))
    daily = absolute(6, kind=Kind.RECURRING, recurrency=Recurrency.DAILY, periods=late)
    steps = composite([daily], 1, NEW_YEAR - timedelta(hours=1), 2 * 86_400, supply=PLAIN)
    hours = [(step.start_s // 3600, step.limit_w) for step in steps]
    assert hours == [(0, None), (1, 6), (13, 16), (25, 6), (37, 16)]
    weekly = absolute(6, kind=Kind.RECURRING, recurrency=Recurrency.WEEKLY, periods=late)
    steps = composite([weekly], 1, NEW_YEAR + timedelta(days=6, hours=23), 86_400, supply=PLAIN)
    assert [(step.start_s // 3600, step.limit_w) for step in steps] == [(0, 32), (1, 6), (13, 16)]


def test_a_relative_schedule_moves_with_its_session() -> None:
    relative = absolute(0, kind=Kind.RELATIVE, start_at=None, periods=(Period(0, 32), Period(600, 10)))
    started = Running("1", NEW_YEAR + timedelta(minutes=5))
    assert composite([relative], 1, NEW_YEAR + timedelta(minutes=5), 3600, running=started, supply=PLAIN) == [
        Step(0, 32),
        Step(600, 10),
    ]
    assert period_at(relative, NEW_YEAR, started) is None
    assert composite([relative], 1, NEW_YEAR, 3600, supply=PLAIN) == [Step(0, None)]


@pytest.mark.parametrize(
    ("unit", "period", "supply", "expected"),
    [
        (RateUnit.AMPERES, Period(0, 16), Supply(3), 16 * 690),
        (RateUnit.AMPERES, Period(0, 16, 1), Supply(3), 16 * 230),
        (RateUnit.AMPERES, Period(0, 16, 3), Supply(1), 16 * 230),
        (RateUnit.WATTS, Period(0, 7000, 1), Supply(3), 7000),
        (RateUnit.AMPERES, Period(0, 100), Supply(0, voltage_v=400), 40_000),
    ],
)
def test_amperes_are_per_phase(unit: RateUnit, period: Period, supply: Supply, expected: float) -> None:
    assert power_w(unit, period, supply) == expected


def test_the_hardware_limits_too_and_little_is_a_pause() -> None:
    supply = Supply(3, max_w=11_000)
    assert limit_at([absolute(32)], 1, NEW_YEAR, RUNNING, supply) == 11_000
    assert limit_at([], 1, NEW_YEAR, None, supply) == 11_000
    assert is_pause(5.9 * 690, supply)
    assert not is_pause(6 * 690, supply)
    assert not is_pause(10, Supply(0))
