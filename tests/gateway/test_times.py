"""Every form of a time that was seen in the field (quirks D; standards §7.2 rule 22)."""

from datetime import UTC, datetime

import pytest

from gateway.times import format_time, parse_time
from stations.repairs import Repair

RECEIVED_AT = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

FORMS: list[tuple[str | None, datetime, list[Repair]]] = [
    ("2026-11-22T12:00:00Z", NOON, []),
    ("2026-11-22T12:00:00z", NOON, []),
    ("2026-11-22T13:00:00+01:00", NOON, []),
    ("2026-11-22T14:00:00+02", NOON, []),
    ("2026-11-22T13:00:00+0100", NOON, []),
    ("2026-11-22 12:00:00Z", NOON, []),
    (" 2026-11-22T12:00:00Z ", NOON, []),
    ("2026-11-22T12:00:00.5Z", NOON.replace(microsecond=500_000), []),
    ("2026-11-22T12:00:00,5Z", NOON.replace(microsecond=500_000), []),
    ("2026-11-22T12:00:00.123456789Z", NOON.replace(microsecond=123_456), []),
    ("20261122T120000Z", NOON, []),
    ("2026-11-22T13:00:00", NOON, [Repair.TIME_WITHOUT_ZONE]),
    ("2026-06-30T23:59:60Z", datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC), []),
    ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC), []),
    ("0001-01-01T00:00:00Z", datetime(2, 1, 1, tzinfo=UTC), []),
    ("9999-12-31T23:59:59Z", datetime(9998, 12, 31, tzinfo=UTC), []),
    ("0001-01-01T00:00:00+14:00", RECEIVED_AT, [Repair.TIME_UNREADABLE]),
    ("9999-12-31T23:59:59-14:00", RECEIVED_AT, [Repair.TIME_UNREADABLE]),
    ("0001-01-01T00:00:00", RECEIVED_AT, [Repair.TIME_WITHOUT_ZONE, Repair.TIME_UNREADABLE]),
    ("2022-02-29T12:00:00Z", RECEIVED_AT, [Repair.TIME_UNREADABLE]),
    ("2026-11-22T25:00:00Z", RECEIVED_AT, [Repair.TIME_UNREADABLE]),
    ("2026-11-22T12:00:00+99:99", RECEIVED_AT, [Repair.TIME_UNREADABLE]),
    ("now", RECEIVED_AT, [Repair.TIME_UNREADABLE]),
    ("1763812256", RECEIVED_AT, [Repair.TIME_UNREADABLE]),
    ("x" * 10_000, RECEIVED_AT, [Repair.TIME_UNREADABLE]),
    ("", RECEIVED_AT, [Repair.TIME_MISSING]),
    (None, RECEIVED_AT, [Repair.TIME_MISSING]),
]


@pytest.mark.parametrize(("text", "moment", "repairs"), FORMS)
def test_reading(text: str | None, moment: datetime, repairs: list[Repair]) -> None:
    found: list[str] = []
    assert parse_time(text, zone_name="Europe/Berlin", received_at=RECEIVED_AT, repairs=found) == moment
    assert found == repairs


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "Nowhere/Land", "", "../etc/passwd"])
def test_a_zone_that_does_not_exist_is_utc(zone: str) -> None:
    read = parse_time("2026-11-22T12:00:00", zone_name=zone, received_at=RECEIVED_AT, repairs=[])
    assert read.hour == (11 if zone == "Europe/Berlin" else 12)


def test_writing() -> None:
    """UTC, a Z, no fraction (rule 22)."""
    assert format_time(NOON.replace(microsecond=999_999)) == "2026-11-22T12:00:00Z"
