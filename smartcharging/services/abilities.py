"""What a station said of its smart charging (OCPP 1.6 §9.4, OCPP 2.0.1 SmartChargingCtrlr)."""

from dataclasses import dataclass

from charging.profiles import RateUnit
from stations.abilities import Ability, number_told, told
from stations.models import ChargingStation

MAX_STACK_LEVEL = Ability("ChargeProfileMaxStackLevel", "SmartChargingCtrlr", "ProfileStackLevel")
UNITS = Ability("ChargingScheduleAllowedChargingRateUnit", "SmartChargingCtrlr", "RateUnit")
MAX_PERIODS = Ability("ChargingScheduleMaxPeriods", "SmartChargingCtrlr", "PeriodsPerSchedule")
MAX_PROFILES = Ability(
    "MaxChargingProfilesInstalled", "SmartChargingCtrlr", "Entries", "ChargingProfiles", is_limit=True
)
# OCPP 2.1 K01.FR.80: ids up to this one are the station's own.
RESERVED_NUMBERS = Ability("", "SmartChargingCtrlr", "MaxExternalConstraintsId")
WORDS = {"current": RateUnit.AMPERES, "a": RateUnit.AMPERES, "power": RateUnit.WATTS, "w": RateUnit.WATTS}


@dataclass(frozen=True, slots=True)
class SmartChargingAbilities:
    """None, or both units: the station did not say."""

    max_stack_level: int | None = None
    max_periods: int | None = None
    max_profiles: int | None = None
    units: frozenset[RateUnit] = frozenset(RateUnit)
    reserved_numbers: int = 0


def abilities_of(station: ChargingStation) -> SmartChargingAbilities:
    values = told(station, (MAX_STACK_LEVEL, UNITS, MAX_PERIODS, MAX_PROFILES, RESERVED_NUMBERS))
    words = values.get(UNITS, "").split(",")
    units = frozenset(WORDS[word.strip().casefold()] for word in words if word.strip().casefold() in WORDS)
    return SmartChargingAbilities(
        max_stack_level=number_told(values, MAX_STACK_LEVEL),
        max_periods=number_told(values, MAX_PERIODS),
        max_profiles=number_told(values, MAX_PROFILES),
        units=units or frozenset(RateUnit),
        reserved_numbers=number_told(values, RESERVED_NUMBERS) or 0,
    )
