"""Charging profiles that a model is known not to take or not to obey: they are not sent, and staff read why.

A station that accepts a limit and ignores it is worse than one that refuses it: somebody relies on it.
"""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from gateway.routing import Call, CannotSay
from stations.traits import OF_LIMITS, Trait

STATION_LIMITS = frozenset({"ChargePointMaxProfile", "ChargingStationMaxProfile"})


def check_limits(call: Call, traits: Set[str]) -> None:
    """Raises CannotSay for a SetChargingProfile that the vendor profiles of the station speak against."""
    if call.action != "SetChargingProfile" or not traits & OF_LIMITS:
        return
    for trait in OF_LIMITS & traits:
        if _speaks_against(trait, call.payload):
            raise CannotSay(f"Known of this model: {Trait(trait).label[0].lower()}{Trait(trait).label[1:]}.")


def _speaks_against(trait: str, payload: Mapping[str, Any]) -> bool:
    profile = payload.get("csChargingProfiles") or payload.get("chargingProfile") or {}
    schedules = list(_schedules(profile))
    units = {schedule.get("chargingRateUnit") for schedule in schedules}
    match trait:
        case Trait.STACK_LEVEL_0:
            return bool(profile.get("stackLevel"))
        case Trait.WATTS_ONLY:
            return "A" in units
        case Trait.AMPERES_ONLY:
            return "W" in units
        case Trait.RELATIVE_ONLY:
            return profile.get("chargingProfileKind") != "Relative"
        case Trait.NO_CONNECTOR_0:
            return not payload.get("connectorId", payload.get("evseId"))
        case Trait.STATION_LIMIT_IGNORED:
            return profile.get("chargingProfilePurpose") in STATION_LIMITS
        case Trait.ZERO_IS_NO_LIMIT:
            periods = (period for schedule in schedules for period in schedule.get("chargingSchedulePeriod", ()))
            return any(period.get("limit") == 0 for period in periods)
    return False


def _schedules(profile: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """One in OCPP 1.6, up to three in 2.x."""
    told: Any = profile.get("chargingSchedule") or []
    schedules: list[Mapping[str, Any]] = told if isinstance(told, list) else [told]
    yield from schedules
