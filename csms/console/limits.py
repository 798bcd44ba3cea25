"""What limits a station: the profiles it is believed to hold, and the schedule it tells beside ours."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.console.tenants import user_of
from charging.profiles import RateUnit
from csms.console.access import COMMAND, staff_only, visible
from smartcharging.models import ChargingProfile, CompositeSchedule
from smartcharging.schedule import Step, Supply, is_pause, power_w
from smartcharging.services import expected_schedule, supply_of
from stations.models import ChargingStation

PROFILES_SHOWN = 30


class Row(NamedTuple):
    """From ``at`` on, in watts; None: nothing limits it."""

    at: datetime
    told_w: float | None
    expected_w: float | None
    is_pause: bool


def part(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    schedules = CompositeSchedule.objects.filter(station=station)
    return {
        "station": station,
        "zone": station.time_zone,
        "profiles": ChargingProfile.objects.open().filter(station=station)[:PROFILES_SHOWN],
        "schedules": [(schedule, rows_of(schedule)) for schedule in schedules],
        "may_command": user_of(request).has_perm(COMMAND, station),
    }


@staff_only
@require_safe
def series(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the chart of a schedule draws."""
    schedule = visible(CompositeSchedule.objects.select_related("station__site", "station__organization"), request, pk)
    rows = rows_of(schedule)
    end = schedule.start_at + timedelta(seconds=schedule.duration_s)
    return JsonResponse(
        {
            "zone": schedule.station.time_zone,
            "at": [*(row.at.timestamp() for row in rows), end.timestamp()],
            "told_kw": _kilo([row.told_w for row in rows]),
            "expected_kw": _kilo([row.expected_w for row in rows]),
            "now": timezone.now().timestamp(),
        }
    )


def rows_of(schedule: CompositeSchedule) -> list[Row]:
    """Both schedules at every moment at which one of them changes."""
    supply = supply_of(schedule.station, schedule.evse_number)
    told = _told(schedule, supply)
    expected = expected_schedule(schedule.station, schedule.evse_number, schedule.start_at, schedule.duration_s)
    moments = sorted({0, *(step.start_s for step in told), *(step.start_s for step in expected)})
    rows = []
    for offset_s in moments:
        told_w, expected_w = _at(told, offset_s), _at(expected, offset_s)
        pauses = told_w is not None and is_pause(told_w, supply)
        rows.append(Row(schedule.start_at + timedelta(seconds=offset_s), told_w, expected_w, pauses))
    return rows


def _told(schedule: CompositeSchedule, supply: Supply) -> list[Step]:
    unit = RateUnit(schedule.unit)
    periods = (period for period in schedule.told if period.start_s < schedule.duration_s)
    return [Step(period.start_s, power_w(unit, period, supply)) for period in periods]


def _at(steps: Sequence[Step], offset_s: int) -> float | None:
    return next((step.limit_w for step in reversed(steps) if step.start_s <= offset_s), None)


def _kilo(values: Sequence[float | None]) -> list[float | None]:
    """The last value holds until the end."""
    kilo = [None if value is None else round(value / 1000, 3) for value in values]
    return [*kilo, *kilo[-1:]]
