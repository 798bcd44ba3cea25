"""Charging profiles on the wire, as far as they are alike in every version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from charging.profiles import Kind, Period, Profile, Purpose, RateUnit, Recurrency
from gateway.link import Link
from gateway.routing import ACCEPTING
from gateway.threads import in_thread
from gateway.times import format_time, parse_time
from smartcharging import services as smartcharging

KINDS = {Kind.ABSOLUTE: "Absolute", Kind.RECURRING: "Recurring", Kind.RELATIVE: "Relative"}
RECURRENCIES = {Recurrency.DAILY: "Daily", Recurrency.WEEKLY: "Weekly"}
OF_KIND = {word: kind for kind, word in KINDS.items()}
# Of ids and seconds, and of EVSEs and stack levels, as they are stored.
LARGEST_NUMBER, LARGEST_PLACE = 2**31 - 1, 32_767
# In A or W; nothing that is drawn reaches so far.
LARGEST_LIMIT = 1e9
OF_RECURRENCY = {word: recurrency for recurrency, word in RECURRENCIES.items()}


def described(profile: Profile) -> dict[str, Any]:
    """Everything of it but its id, purpose, transaction and schedule."""
    more = {
        "stackLevel": profile.stack_level,
        "chargingProfileKind": KINDS[profile.kind],
        "recurrencyKind": RECURRENCIES[profile.recurrency] if profile.recurrency else None,
        "validFrom": format_time(profile.valid_from) if profile.valid_from else None,
        "validTo": format_time(profile.valid_to) if profile.valid_to else None,
    }
    return {name: value for name, value in more.items() if value is not None}


def schedule_of(profile: Profile) -> dict[str, Any]:
    schedule: dict[str, Any] = {
        "chargingRateUnit": profile.unit.value,
        "chargingSchedulePeriod": [_period(period) for period in profile.periods],
        "startSchedule": format_time(profile.start_at) if profile.start_at else None,
        "duration": profile.duration_s,
        "minChargingRate": profile.min_rate,
    }
    return {name: value for name, value in schedule.items() if value is not None}


def _period(period: Period) -> dict[str, Any]:
    told: dict[str, Any] = {"startPeriod": period.start_s, "limit": period.limit}
    return told if period.phases is None else {**told, "numberPhases": period.phases}


def told_profile(
    link: Link,
    content: Mapping[str, Any],
    schedule: Mapping[str, Any],
    *,
    number: int,
    evse_number: int,
    purpose: Purpose | None,
) -> Profile | None:
    """A profile as it went over the wire; None if it is of a purpose or a kind that we do not know, or impossible."""
    kind = OF_KIND.get(content["chargingProfileKind"])
    if purpose is None or kind is None or not is_possible(schedule, evse_number):
        return None
    if not (_is_within(LARGEST_NUMBER, number) and _is_within(LARGEST_PLACE, content["stackLevel"])):
        return None
    return Profile(
        number=number,
        purpose=purpose,
        kind=kind,
        unit=RateUnit(schedule["chargingRateUnit"]),
        periods=told_periods(schedule),
        evse_number=evse_number,
        stack_level=content["stackLevel"],
        recurrency=OF_RECURRENCY.get(content.get("recurrencyKind", "")) if kind == Kind.RECURRING else None,
        start_at=told_time(link, schedule.get("startSchedule")),
        duration_s=schedule.get("duration"),
        valid_from=told_time(link, content.get("validFrom")),
        valid_to=told_time(link, content.get("validTo")),
        min_rate=schedule.get("minChargingRate"),
        transaction_id=str(content.get("transactionId") or ""),
    )


def is_possible(schedule: Mapping[str, Any], evse_number: int) -> bool:
    """Whether its place, unit and numbers are such that can be kept and drawn."""
    periods = told_periods(schedule)
    return (
        _is_within(LARGEST_PLACE, evse_number)
        and schedule.get("chargingRateUnit") in RateUnit.values
        and _is_within(LARGEST_NUMBER, schedule.get("duration") or 0, *(period.start_s for period in periods))
        and _is_within(LARGEST_LIMIT, *(abs(period.limit) for period in periods))
        and _is_within(LARGEST_LIMIT, abs(schedule.get("minChargingRate") or 0))
        and _is_within(3, *(period.phases or 0 for period in periods))
    )


def _is_within(most: float, *numbers: float) -> bool:
    return all(0 <= number <= most for number in numbers)


def told_periods(schedule: Mapping[str, Any]) -> tuple[Period, ...]:
    """OCPP 2.1 has periods without a limit."""
    return tuple(
        Period(int(period["startPeriod"]), float(period["limit"]), period.get("numberPhases"))
        for period in schedule.get("chargingSchedulePeriod") or ()
        if "limit" in period
    )


def told_time(link: Link, text: str | None) -> datetime | None:
    if not text:
        return None
    return parse_time(text, zone_name=link.admission.time_zone, received_at=link.last_heard_at, repairs=[])


async def keep_answer(link: Link, profile: Profile | None, response: Mapping[str, Any]) -> None:
    """What became of a profile that was sent."""
    if profile is None:
        return
    station_id = link.admission.station_id
    if response.get("status") in ACCEPTING:
        await in_thread(smartcharging.record_installed)(station_id=station_id, profile=profile)
    else:
        answer = str(response.get("status"))
        await in_thread(smartcharging.record_refused)(station_id=station_id, profile=profile, answer=answer)
