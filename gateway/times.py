"""Times on the wire: lenient in, strict out (OCPP 1.6 §3.15; OCPP 2.0.1 part 2 §3.1)."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stations.repairs import Repair

# At the ends of the calendar nothing can be counted, and some zones have no such day. Stations without a clock say year
# 1; what they mean is as wrong a year later.
EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
# The 61st second of a minute: Python has none, and the second before it is near enough.
LEAP_SECOND = re.compile(r"([T ]\d\d:59:)60")
DIGITS_BEYOND_MICROSECONDS = re.compile(r"(\.\d{6})\d+")


def format_time(moment: datetime) -> str:
    """``2026-11-22T12:50:56Z``: UTC, whole seconds, the form every station reads."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name, UTC if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def parse_time(text: str | None, *, zone_name: str, received_at: datetime, repairs: list[str]) -> datetime:
    """The moment a station means, in UTC. What cannot be a time becomes the time of receipt, and is recorded."""
    if not text:
        repairs.append(Repair.TIME_MISSING)
        return received_at
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _fallback(text)  # type: ignore[assignment]
    if moment is None:
        repairs.append(Repair.TIME_UNREADABLE)
        return received_at
    if moment.tzinfo is None:
        repairs.append(Repair.TIME_WITHOUT_ZONE)
        moment = moment.replace(tzinfo=zone(zone_name))
    try:
        return max(EARLIEST, min(moment.astimezone(UTC), LATEST))
    except OverflowError:
        repairs.append(Repair.TIME_UNREADABLE)
        return received_at


def _fallback(text: str) -> datetime | None:
    cleaned = DIGITS_BEYOND_MICROSECONDS.sub(r"\1", text.strip().replace(",", ".")).replace("z", "Z")
    cleaned = LEAP_SECOND.sub(r"\g<1>59", cleaned)
    try:
        return datetime.fromisoformat(cleaned)
    except ValueError:
        return None
