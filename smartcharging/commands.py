"""What can be asked of a station about its limits (see stations/commands.py for the mechanism)."""

from dataclasses import dataclass

from charging.profiles import Profile, Purpose, RateUnit
from stations.commands import request


@request
@dataclass(frozen=True)
class SetChargingProfile:
    """OCPP 1.6 §5.16, OCPP 2.0.1 K01 to K05."""

    profile: Profile


@request
@dataclass(frozen=True)
class ClearChargingProfile:
    """OCPP 1.6 §5.5, OCPP 2.0.1 K10. With a number the rest does not count; with nothing all are cleared."""

    number: int | None = None
    evse_number: int | None = None
    purpose: Purpose | None = None
    stack_level: int | None = None


@request
@dataclass(frozen=True)
class GetChargingProfiles:
    """OCPP 2.0.1 K09: everything that it holds, reported in messages of their own."""

    evse_number: int | None = None


@request
@dataclass(frozen=True)
class GetCompositeSchedule:
    """OCPP 1.6 §5.7, OCPP 2.0.1 K08. EVSE 0 is the whole station."""

    evse_number: int
    duration_s: int
    unit: RateUnit | None = None
