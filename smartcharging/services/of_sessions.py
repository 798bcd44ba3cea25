"""The limit of one session: it may come with the remote start, and it ends with the session."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from charging import services as charging
from charging.models import Session
from charging.profiles import Kind, Period, Profile, Purpose, RateUnit
from drivers.models import IdToken
from smartcharging.models import ChargingProfile
from smartcharging.services.abilities import abilities_of
from smartcharging.services.checks import check_station
from smartcharging.services.profiles import move, tell
from smartcharging.states import HELD_STATUSES, OPEN_PROFILE_STATUSES, ProfileStatus
from stations.models import ChargingStation, Command
from stations.states import OcppVersion

# Whom a remote start waits for has come by then, or does not come.
COMES_WITHIN = timedelta(minutes=15)
AT_ONCE = 500


@transaction.atomic
def remote_start_limited(
    *,
    station: ChargingStation,
    evse_number: int | None,
    token: IdToken,
    limit: float,
    unit: RateUnit,
    by: User | None,
) -> Command:
    """Start a session that may draw no more. Raises CannotSetProfile and TokenRefused."""
    abilities = abilities_of(station)
    profile = Profile(
        number=0,
        purpose=Purpose.TX,
        kind=Kind.RELATIVE,
        unit=unit,
        periods=(Period(0, round(limit, 1)),),
        evse_number=evse_number or 0,
    )
    held = ChargingProfile.objects.open().filter(station=station).count()
    check_station(profile, abilities, is_new=True, held_count=held)
    row = ChargingProfile.of(profile, organization_id=station.organization_id, station=station, requested_by=by)
    row.save()
    row.number = abilities.reserved_numbers + row.pk
    row.command = charging.remote_start(
        station=station, evse_number=evse_number, token=token, by=by, profile=row.profile
    )
    row.save(update_fields=["number", "command"])
    tell(station.pk)
    return row.command


def find_sessions() -> int:
    """Tie the profiles of remote starts to the sessions that began; end those that nobody came for. The count."""
    waiting = ChargingProfile.objects.filter(
        purpose=Purpose.TX, session=None, command__kind="RemoteStart", status__in=sorted(HELD_STATUSES)
    )
    return sum(_find_session(row) for row in waiting.select_related("command", "station").order_by("pk")[:AT_ONCE])


def end_session_profiles() -> int:
    """Write down what is over with its session; the count."""
    over = ChargingProfile.objects.filter(
        status__in=sorted(OPEN_PROFILE_STATUSES), purpose=Purpose.TX, session__ended_at__isnull=False
    )
    return sum(move(row, ProfileStatus.ENDED, "Its session has ended.") for row in over.order_by("pk")[:AT_ONCE])


def _find_session(row: ChargingProfile) -> bool:
    session = _begun(row)
    if session is not None:
        row.session, row.transaction_id = session, session.transaction_id
        row.evse_number = row.evse_number or session.evse_number or 0
        row.save(update_fields=["session", "transaction_id", "evse_number"])
        tell(row.station_id)
        return True
    is_late = row.requested_at < timezone.now() - COMES_WITHIN
    return is_late and move(row, ProfileStatus.ENDED, "No session began.")


def _begun(row: ChargingProfile) -> Session | None:
    """OCPP 2.x names the remote start; in 1.6 it is the next session at the place."""
    begun = Session.objects.filter(station=row.station_id, start_received_at__gte=row.requested_at)
    if row.station.ocpp_version != OcppVersion.V16:
        return begun.filter(remote_start_id=row.command.arguments["remote_start_id"]).first() if row.command else None
    if row.evse_number:
        begun = begun.filter(evse_number=row.evse_number)
    return begun.order_by("pk").first()
