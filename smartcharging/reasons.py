"""Why a car gets what it gets: every limit that holds now, the lowest first, and what the car takes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from charging.models import MeterReading, Session
from charging.profiles import Period, Profile, Purpose, RateUnit
from charging.states import Measurand, Phase, SessionStatus
from smartcharging.models import ChargingProfile, CompositeSchedule
from smartcharging.schedule import LEAST_A, Running, Supply, power_w, prevailing
from smartcharging.services.schedules import supply_of
from stations.models import Connector

FRESH = timedelta(minutes=15)
# A car that takes this much of what it may take is held by the limit and by nothing else.
NEARLY = 0.9
LESS = "Nothing here holds it back. A car takes less when it is cold, nearly full, or charges by one phase."
PHASES = (Phase.L1, Phase.L2, Phase.L3)


@dataclass(frozen=True, slots=True)
class Limit:
    """``amperes`` is per phase, of direct current in all."""

    what: str
    amperes: float
    advice: str
    evidence: str = ""
    at: datetime | None = None
    profile_id: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``amperes`` None: the station does not tell what flows."""

    sentence: str
    advice: str
    amperes: float | None
    limits: list[Limit]


def why_this_current(session: Session) -> Verdict | None:
    """Of a running session whose EVSE is known."""
    if not session.is_ongoing or not session.evse_number:
        return None
    supply = supply_of(session.station, session.evse_number)
    limits = sorted(
        [*_of_profiles(session, supply), *_of_schedule(session, supply), *_of_hardware(session), *_offered(session)],
        key=lambda limit: limit.amperes,
    )
    measured = _measured(session, supply)
    if measured is None:
        return _verdict(session, None, limits)
    amperes, at = round(measured[0], 1), measured[1]
    return _verdict(session, amperes, limits, is_older=_is_older(at, amperes, limits))


def _is_older(read_at: datetime, amperes: float, limits: list[Limit]) -> bool:
    """More flowed than a limit allows that came after the reading: of that limit it says nothing."""
    if not limits:
        return False
    lowest = limits[0]
    came_at = lowest.at if lowest.profile_id else None
    return came_at is not None and read_at < came_at and NEARLY * amperes > lowest.amperes


def _verdict(session: Session, amperes: float | None, limits: list[Limit], *, is_older: bool = False) -> Verdict:
    lowest = limits[0] if limits else None
    takes = "" if amperes is None else f"The car gets {amperes:g} A. "
    if is_older:
        takes = f"At its last reading the car got {amperes:g} A; the next one shows what it gets since then. "
    if session.status == SessionStatus.SUSPENDED_EV:
        return Verdict(f"{takes}The car itself has paused.", "Ask the driver: it is full or waits.", amperes, limits)
    if lowest is None:
        return Verdict(f"{takes}We know of no limit: the car takes what it wants.", "", amperes, limits)
    if amperes is not None and amperes < NEARLY * lowest.amperes:
        sentence = f"{takes}It could get {lowest.amperes:g} A: the car asks for less."
        return Verdict(sentence, LESS, amperes, limits)
    pause = " Below 6 A no car charges: this is a pause." if lowest.amperes < LEAST_A else ""
    return Verdict(f"{takes}{lowest.what} allows {lowest.amperes:g} A.{pause}", lowest.advice, amperes, limits)


def _of_profiles(session: Session, supply: Supply) -> Iterator[Limit]:
    """Of each purpose the one that prevails now: the others of its kind do not count."""
    now = timezone.now()
    rows = ChargingProfile.objects.held().filter(station=session.station_id).select_related("requested_by", "command")
    by_number = {row.number: row for row in rows}
    running = Running(session.transaction_id, session.started_at)
    profiles = [row.profile for row in by_number.values() if _concerns(row.profile, session)]
    own = prevailing((each for each in profiles if each.purpose == Purpose.TX), now, running)
    general = prevailing((each for each in profiles if each.purpose == Purpose.TX_DEFAULT), now, running)
    station = prevailing((each for each in profiles if each.purpose == Purpose.STATION_MAX), now, running)
    for found in filter(None, (station, own or general)):
        yield _of_profile(by_number[found[0].number], found[1], supply)


def _concerns(profile: Profile, session: Session) -> bool:
    if profile.purpose == Purpose.TX:
        return profile.evse_number == session.evse_number and profile.transaction_id in ("", session.transaction_id)
    return profile.evse_number in (0, session.evse_number)


def _of_profile(row: ChargingProfile, period: Period, supply: Supply) -> Limit:
    by = f"sent by {row.requested_by}" if row.requested_by else "sent by a program"
    place = f"EVSE {row.evse_number}" if row.evse_number else "the whole station"
    return Limit(
        f"The charging profile “{row.get_purpose_display().lower()}”",
        _amperes(row.profile.unit, period, supply),
        "Clear or change it under Limits on the station’s page.",
        f"No. {row.number} for {place}, stack level {row.stack_level}: {period.limit:g} {row.unit}, {by}; "
        f"{row.get_status_display().lower()}.",
        row.installed_at or row.requested_at,
        row.pk,
    )


def _of_schedule(session: Session, supply: Supply) -> Iterator[Limit]:
    """What the station itself told of this moment."""
    now = timezone.now()
    for schedule in CompositeSchedule.objects.filter(station=session.station_id, evse_number=session.evse_number or 0):
        elapsed_s = (now - schedule.start_at).total_seconds()
        periods = [period for period in schedule.told if period.start_s <= elapsed_s < schedule.duration_s]
        if periods:
            yield Limit(
                "The schedule that the station told",
                _amperes(RateUnit(schedule.unit), periods[-1], supply),
                "If no profile of ours says so, another system or a setting of the station does: ask for its profiles, "
                "and look at its configuration.",
                f"{periods[-1].limit:g} {schedule.unit} for EVSE {schedule.evse_number}.",
                schedule.told_at,
            )


def _of_hardware(session: Session) -> Iterator[Limit]:
    rows = Connector.objects.filter(evse__station=session.station_id, evse__number=session.evse_number or 0)
    if session.connector_number:
        rows = rows.filter(number=session.connector_number)
    for amperes in rows.exclude(max_current_a=None).values_list("max_current_a", flat=True)[:1]:
        yield Limit(
            "The connector",
            float(amperes or 0),
            "Correct it among the EVSEs of the station if it is wrong.",
            "As entered with the hardware.",
        )


def _offered(session: Session) -> Iterator[Limit]:
    newest = _newest(session, Measurand.CURRENT_OFFERED)
    if newest is not None:
        yield Limit(
            "What the station offers the car",
            newest[0],
            "If no limit above says so, the cable, a setting or a load manager of the site holds it back.",
            "Current.Offered, as the station measures.",
            newest[1],
        )


def _measured(session: Session, supply: Supply) -> tuple[float, datetime] | None:
    """Of three phases the highest; else from the power."""
    newest = _newest(session, Measurand.CURRENT_IMPORT)
    if newest is not None:
        return newest
    at = session.last_reading_at
    is_fresh = at is not None and at > timezone.now() - FRESH
    return (session.power_w / supply.w_per_a, at) if session.power_w is not None and at and is_fresh else None


def _newest(session: Session, measurand: Measurand) -> tuple[float, datetime] | None:
    since = max(timezone.now() - FRESH, session.started_at)
    rows = MeterReading.objects.filter(
        station_id=session.station_id, evse_number=session.evse_number or 0, at__gt=since, measurand=measurand
    )
    values = list(rows.filter(session_id=session.pk).order_by("-at").values_list("at", "value")[: len(PHASES)])
    newest = [value for at, value in values if at == values[0][0]]
    return (max(newest), values[0][0]) if newest else None


def _amperes(unit: RateUnit, period: Period, supply: Supply) -> float:
    if unit == RateUnit.AMPERES:
        return period.limit
    return round(power_w(unit, period, supply) / supply.w_per_a, 1)
