"""Every change of what we believe limits a station is one of these functions."""

from smartcharging.services.abilities import SmartChargingAbilities, abilities_of
from smartcharging.services.boots import restore_profiles
from smartcharging.services.of_sessions import end_session_profiles, find_sessions, remote_start_limited
from smartcharging.services.profiles import (
    Wish,
    clear_profiles,
    follow_profile,
    follow_profiles,
    record_absent,
    record_cleared,
    record_installed,
    record_refused,
    record_reported,
    set_profile,
)
from smartcharging.services.schedules import expected_schedule, record_schedule, supply_of

__all__ = [
    "SmartChargingAbilities",
    "Wish",
    "abilities_of",
    "clear_profiles",
    "end_session_profiles",
    "expected_schedule",
    "find_sessions",
    "follow_profile",
    "follow_profiles",
    "record_absent",
    "record_cleared",
    "record_installed",
    "record_refused",
    "record_reported",
    "record_schedule",
    "remote_start_limited",
    "restore_profiles",
    "set_profile",
    "supply_of",
]
