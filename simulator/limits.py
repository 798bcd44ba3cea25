"""How a charger obeys its charging profiles."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.evse import Evse
from simulator.profiles import NOMINAL_V

if TYPE_CHECKING:
    from simulator.charger import Charger


def apply_limit(charger: "Charger", evse: Evse) -> None:
    """Work out the limit of this moment; call it when profiles or time have changed."""
    started_at = evse.transaction.started_at if evse.transaction else None
    evse.limit_w = charger.profiles.limit_w(
        evse.number, charger.clock.now(), started_at=started_at, phases=evse.phases or 3
    )


async def limits_changed(charger: "Charger") -> None:
    charger.time.catch_up()
    for evse in charger.evse_list:
        apply_limit(charger, evse)
        await charger.flow.report_charging_state(evse)


def composite_schedule(charger: "Charger", evse: int, duration_s: int, unit: str) -> list[Payload]:
    """The limits of the coming seconds as ChargingSchedulePeriods; EVSE 0 is the station with all its EVSEs."""
    places = [charger.evse(evse)] if evse else charger.evse_list
    phases = max(place.spec.phases for place in places)
    steps = charger.profiles.composite(
        evse,
        charger.clock.now(),
        duration_s,
        started_at=next((place.transaction.started_at for place in places if place.transaction), None),
        phases=phases,
        maximum_w=sum(place.spec.max_power_w for place in places),
    )
    divisor = NOMINAL_V * phases if unit == "A" else 1.0
    return [{"startPeriod": offset_s, "limit": round(limit_w / divisor, 1)} for offset_s, limit_w in steps]
