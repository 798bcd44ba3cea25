"""Whether a profile makes sense, and whether the station takes it: we are strict in what we send."""

from charging.clock import is_writable
from charging.models import Session
from charging.profiles import Kind, Profile, Purpose
from smartcharging.errors import CannotSetProfile
from smartcharging.services.abilities import SmartChargingAbilities

HIGHEST_LIMIT = 10_000_000


def check_wish(
    profile: Profile,
    abilities: SmartChargingAbilities,
    *,
    session: Session | None,
    is_new: bool,
    held_count: int,
) -> None:
    """Raises CannotSetProfile with the first thing that is wrong, in a sentence for people."""
    for problem in (
        _of_place(profile, session),
        _of_time(profile),
        _of_periods(profile),
    ):
        if problem:
            raise CannotSetProfile(problem)
    check_station(profile, abilities, is_new=is_new, held_count=held_count)


def check_station(profile: Profile, abilities: SmartChargingAbilities, *, is_new: bool, held_count: int) -> None:
    """Raises CannotSetProfile where the station said that it takes no such profile."""
    if problem := _of_station(profile, abilities, is_new=is_new, held_count=held_count):
        raise CannotSetProfile(problem)


def _of_place(profile: Profile, session: Session | None) -> str:
    """OCPP 1.6 §3.13.1, OCPP 2.0.1 K01.FR.03, FR.16."""
    if profile.purpose == Purpose.TX:
        if session is None or not session.is_ongoing:
            return "The limit of one session needs a session that is running."
        if not profile.evse_number:
            return "The station has not told at which EVSE the session is."
        return ""
    if session is not None:
        return "Only the limit of one session names a session."
    if profile.purpose == Purpose.STATION_MAX and profile.evse_number:
        return "The limit of the station is for the whole station."
    if profile.purpose == Purpose.STATION_MAX and profile.kind == Kind.RELATIVE:
        return "The limit of the station cannot count from the start of a session."
    return ""


def _of_time(profile: Profile) -> str:
    if not is_writable(profile.start_at, profile.valid_from, profile.valid_to):
        return "Times must be in years that clocks know."
    if (profile.kind == Kind.RECURRING) != (profile.recurrency is not None):
        return "Every day or every week is for what comes again, and only for that."
    if (profile.kind == Kind.RELATIVE) != (profile.start_at is None):
        return "A schedule begins at a time, unless it counts from the start of the session."
    if profile.valid_from and profile.valid_to and profile.valid_to <= profile.valid_from:
        return "It must be valid until after it becomes valid."
    if profile.duration_s is not None and profile.duration_s < 1:
        return "It must last a second at least."
    return ""


def _of_periods(profile: Profile) -> str:
    """OCPP 1.6 §7.14: the first at 0, in order. Limits have one decimal."""
    starts = [period.start_s for period in profile.periods]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)):
        return "The first period begins at 0, and each later than the one before."
    if any(not 0 <= period.limit <= HIGHEST_LIMIT for period in profile.periods):
        return "A limit is 0 or more."
    if not 0 <= (profile.min_rate or 0) <= HIGHEST_LIMIT:
        return "The least rate is 0 or more."
    if any(period.phases not in (None, 1, 2, 3) for period in profile.periods):
        return "There are one, two or three phases."
    return ""


def _of_station(profile: Profile, abilities: SmartChargingAbilities, *, is_new: bool, held_count: int) -> str:
    highest, most = abilities.max_stack_level, abilities.max_periods
    if highest is not None and profile.stack_level > highest:
        return f"The station takes stack levels up to {highest}; it says so itself."
    if most is not None and len(profile.periods) > most:
        return f"The station takes {most} periods in a schedule; it says so itself."
    if profile.unit not in abilities.units:
        return f"The station takes no limits in {profile.unit.label.lower()}; it says so itself."
    if is_new and abilities.max_profiles is not None and held_count >= abilities.max_profiles:
        return f"The station holds {held_count} profiles and has room for no more; clear one first."
    return ""
