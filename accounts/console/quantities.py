"""Numbers and times as people compare them: kWh and kW, times in a named zone, relative with the exact on hover."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

EMPTY = "–"
# Put together by hand, because a list has hundreds: of all that goes in, only the zone's name comes from people.
TIME = '<time{} datetime="{}" title="{} ({})">{}</time>'
NUMBER = '<span class="c-number">{}<span class="c-unit">{}</span></span>'


def zone(name: str) -> ZoneInfo:
    """The zone of that name; UTC when the name is wrong."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _local(at: datetime, zone_name: str) -> datetime:
    """In that zone, or as it is where the calendar ends: certificates without an end say 9999-12-31 (RFC 5280)."""
    try:
        return at.astimezone(zone(zone_name))
    except OverflowError:
        return at


def exact(at: datetime, zone_name: str = "UTC") -> str:
    """``2026-11-22 14:03:11 CET``."""
    return f"{_local(at, zone_name):%Y-%m-%d %H:%M:%S %Z}"


def moment(at: datetime | None, zone_name: str = "UTC", shape: str = "%Y-%m-%d %H:%M %Z") -> SafeString | str:
    """``2026-11-22 14:03 CET``, seconds on hover."""
    if at is None:
        return EMPTY
    return _time(' class="c-moment"', at, zone_name, _local(at, zone_name).strftime(shape))


def _time(attributes: str, at: datetime, zone_name: str, shown: str) -> SafeString:
    """The exact time on hover."""
    told = TIME.format(attributes, _local(at, "UTC").isoformat(), exact(at, zone_name), escape(zone_name), shown)
    return SafeString(told)


def time_of_day(at: datetime, zone_name: str = "UTC") -> SafeString:
    """``14:03:11``, for rows that are minutes apart; the whole on hover."""
    return _time("", at, zone_name, f"{_local(at, zone_name):%H:%M:%S}")


def ago(at: datetime | None, zone_name: str = "UTC") -> SafeString | str:
    """``5 min ago``, kept true by the page's script; the exact time on hover."""
    if at is None:
        return EMPTY
    return _time(' class="c-ago" data-ago', at, zone_name, relative(timezone.now() - at))


def relative(age: timedelta) -> str:
    """The same words as csms/static/csms/console.js uses."""
    seconds = int(age.total_seconds())
    if seconds < 0:
        return f"in {span(-age)}" if seconds < -60 else "now"
    return "just now" if seconds < 10 else f"{span(age)} ago"


def span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size or (unit == "min" and seconds >= size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def clock(length: timedelta | None) -> str:
    """``1:07 h``: hours and minutes, to compare rows."""
    if length is None:
        return EMPTY
    minutes = max(int(length.total_seconds()) // 60, 0)
    return f"{minutes // 60}:{minutes % 60:02d} h"


def energy(energy_wh: float | None) -> SafeString | str:
    return number(None if energy_wh is None else energy_wh / 1000, "kWh", decimals=2)


def power(power_w: float | None) -> SafeString | str:
    return number(None if power_w is None else power_w / 1000, "kW", decimals=1)


def percent(value: float | None) -> SafeString | str:
    return number(value, "%", decimals=0)


def number(value: float | None, unit: str = "", decimals: int = 0) -> SafeString | str:
    """Tabular figures, the unit beside them."""
    if value is None:
        return EMPTY
    figures = f"{value:,.{decimals}f}".replace(",", "\u202f")
    return SafeString(NUMBER.format(figures, f"\u00a0{escape(unit)}" if unit else ""))
