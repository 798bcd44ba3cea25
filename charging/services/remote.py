"""Staff, or an app, start and stop a session from afar."""

from django.db import connection
from django.utils import timezone

from accounts.models import User
from charging.commands import RemoteStart, RemoteStop
from charging.errors import SessionAlreadyEnded, TokenRefused
from charging.models import Session
from charging.profiles import Profile
from drivers.models import AuthorizationPurpose, IdToken
from drivers.services import authorize_at
from drivers.tokens import PresentedToken
from stations.commands import send
from stations.models import ChargingStation, Command


def remote_start(
    *,
    station: ChargingStation,
    evse_number: int | None = None,
    token: IdToken,
    by: User | None,
    profile: Profile | None = None,
) -> Command:
    """Ask the station to start for this token. Accepted does not mean started: wait for the session.

    Raises TokenRefused for a token that may not charge there.
    """
    authorization = authorize_at(
        station=station,
        token=PresentedToken(token.value, token.type),
        purpose=AuthorizationPurpose.REMOTE,
        evse_number=evse_number,
        at=timezone.now(),
    )
    if not authorization.is_accepted:
        raise TokenRefused(authorization)
    wanted = RemoteStart(
        token=token.value,
        token_type=token.type,
        remote_start_id=_next_remote_start_id(),
        evse_number=evse_number,
        group_id=authorization.group_id,
        profile=profile,
    )
    return send(station, wanted, by=by)


def remote_stop(*, session: Session, by: User | None) -> Command:
    """Ask the station to end the session. Raises SessionAlreadyEnded."""
    if session.ended_at is not None:
        raise SessionAlreadyEnded(session)
    return send(session.station, RemoteStop(transaction_id=session.transaction_id), by=by)


def _next_remote_start_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('charging_remote_start_id')")
        return int(cursor.fetchone()[0])
