"""The limits a station says it will keep, beside those that follow from what we believe is installed."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction
from django.utils import timezone

from charging.models import Session
from charging.profiles import Period, RateUnit
from live.publish import publish
from smartcharging.models import ChargingProfile, CompositeSchedule
from smartcharging.schedule import Running, Step, Supply, composite
from stations.connector_types import PowerType
from stations.models import ChargingStation, Connector

PHASES = {PowerType.AC_1: 1, PowerType.AC_2: 2, PowerType.AC_3: 3, PowerType.DC: 0}


@transaction.atomic
def record_schedule(
    *,
    station_id: int,
    evse_number: int,
    unit: RateUnit,
    start_at: datetime,
    duration_s: int,
    periods: Sequence[Period],
) -> None:
    """What the station answered; it takes the place of what it said before."""
    CompositeSchedule.objects.update_or_create(
        station_id=station_id,
        evse_number=evse_number,
        defaults={
            "unit": unit,
            "start_at": start_at,
            "duration_s": duration_s,
            "periods": msgspec.to_builtins(periods),
            "told_at": timezone.now(),
        },
    )
    publish(f"station:{station_id}", kind="profiles", station=station_id)


def expected_schedule(station: ChargingStation, evse_number: int, start: datetime, duration_s: int) -> list[Step]:
    """Ours. For the whole station only its own limit is counted, not what its EVSEs may draw together."""
    profiles = [row.profile for row in ChargingProfile.objects.held().filter(station=station)]
    session = Session.objects.ongoing().filter(station=station, evse_number=evse_number or None).first()
    running = Running(session.transaction_id, session.started_at) if session and evse_number else None
    supply = supply_of(station, evse_number)
    return composite(profiles, evse_number, start, duration_s, running=running, supply=supply)


def supply_of(station: ChargingStation, evse_number: int) -> Supply:
    """As entered with the hardware; three phases of 230 V where nobody said."""
    rows = Connector.objects.filter(evse__station=station).select_related("evse").order_by("evse__number", "number")
    connectors = [row for row in rows if not evse_number or row.evse.number == evse_number]
    phases = {PHASES[PowerType(row.power_type)] for row in connectors if row.power_type}
    powers = {row.evse.number: row.evse.max_power_w for row in connectors}
    known = [power_w for power_w in powers.values() if power_w is not None]
    max_w = float(sum(known)) if known and len(known) == len(powers) else None
    return Supply(phases=max(phases, default=3), max_w=max_w)
