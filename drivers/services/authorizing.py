"""May this token charge here? Decided, and written down with the reason."""

from datetime import datetime
from functools import cache
from typing import cast

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from drivers.authorizers import Authorizer
from drivers.masking import mask
from drivers.models import AuthorizationPurpose, AuthorizationRecord, token_key
from drivers.states import AuthorizationStatus, TokenType
from drivers.tokens import Authorization, PresentedToken
from stations.models import ChargingStation


def authorize(
    *,
    station_id: int,
    token: PresentedToken,
    purpose: AuthorizationPurpose,
    evse_number: int | None = None,
    at: datetime | None = None,
) -> Authorization:
    """Decide and record. ``at`` is when it was presented; now unless told."""
    station = ChargingStation.objects.select_related("organization").get(pk=station_id)
    return authorize_at(station=station, token=token, purpose=purpose, evse_number=evse_number, at=at or timezone.now())


def authorize_at(
    *,
    station: ChargingStation,
    token: PresentedToken,
    purpose: AuthorizationPurpose,
    evse_number: int | None,
    at: datetime,
) -> Authorization:
    """Decide and record, for callers that have the station and its organization at hand."""
    authorization = decide(station=station, token=token, evse_number=evse_number, at=at)
    AuthorizationRecord.objects.create(
        organization_id=station.organization_id,
        station=station,
        evse_number=evse_number,
        token_id=authorization.token_id,
        presented=mask(token_key(token.value).upper()),
        type=token.type[:20],
        purpose=purpose,
        status=authorization.status,
        reason=authorization.reason[:200],
    )
    return authorization


def decide(*, station: ChargingStation, token: PresentedToken, evse_number: int | None, at: datetime) -> Authorization:
    """The first answer that is not Unknown counts. Nothing is written: this is for repeated messages."""
    if token.type == TokenType.NO_AUTHORIZATION and not token.value:
        return Authorization(AuthorizationStatus.ACCEPTED, "No authorization needed")  # OCPP 2.0.1 C02.FR.02
    if not token_key(token.value):
        return Authorization(AuthorizationStatus.INVALID, "Empty token")
    answer = Authorization(AuthorizationStatus.UNKNOWN, "Nobody knows this token")
    for path in settings.AUTHORIZERS:
        found = _authorizer(path)(station, token, evse_number, at)
        if found is None:
            continue
        if found.status != AuthorizationStatus.UNKNOWN:
            return found
        answer = found
    return answer


@cache
def _authorizer(path: str) -> Authorizer:
    return cast(Authorizer, import_string(path))
