"""What staff asked of some stations just before the demo began; the chargers answer it when they come."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Organization
from charging import services as charging
from charging.profiles import Kind, Period, Purpose, RateUnit, Recurrency
from drivers.models import IdToken, LocalListRule
from drivers.services import refresh_local_list
from firmware.services import request_log
from firmware.states import LogKind
from smartcharging.commands import GetCompositeSchedule
from smartcharging.services import Wish, set_profile
from stations.commands import send
from stations.models import ChargingStation

DAY_S = 24 * 3600
# At night as much as the cable carries, in the evening little.
NIGHT_AND_EVENING = (Period(0, 32.0), Period(6 * 3600, 20.0), Period(17 * 3600, 8.0), Period(21 * 3600, 32.0))


def place_orders(organization: Organization) -> None:
    """A reservation, a local list, two limits and a log, each at a station of its own where there are enough."""
    stations = list(ChargingStation.objects.filter(organization=organization).order_by("pk"))
    token = IdToken.objects.filter(organization=organization, is_blocked=False, expires_at=None).latest("pk")
    in_an_hour = timezone.now() + timedelta(hours=1)
    charging.reserve(station=stations[0], token=token, expires_at=in_an_hour, evse_number=1, by=None)
    refresh_local_list(station=stations[-1], by=None)
    LocalListRule.objects.create(organization=organization, site=stations[-1].site, keeps_fresh=True)
    _limit(stations[len(stations) // 2])
    request_log(station=stations[len(stations) // 3], kind=LogKind.DIAGNOSTICS, by=None)


def _limit(station: ChargingStation) -> None:
    """The whole station never takes more than 15 kW; each car follows the hours of the day."""
    here = timezone.localtime(timezone.now(), ZoneInfo(station.time_zone))
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    whole = Wish(
        purpose=Purpose.STATION_MAX,
        kind=Kind.ABSOLUTE,
        unit=RateUnit.WATTS,
        periods=(Period(0, 15_000.0),),
        start_at=midnight,
    )
    cars = Wish(
        purpose=Purpose.TX_DEFAULT,
        kind=Kind.RECURRING,
        recurrency=Recurrency.DAILY,
        unit=RateUnit.AMPERES,
        periods=NIGHT_AND_EVENING,
        start_at=midnight,
    )
    for wish in (whole, cars):
        set_profile(station=station, wish=wish, by=None)
    send(station, GetCompositeSchedule(1, DAY_S))
