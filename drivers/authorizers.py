"""Who knows whether a token may charge: asked in the order of ``settings.AUTHORIZERS``.

An authorizer takes (station, token, EVSE number, time) and answers, or returns None when the token is not its business.
"""

from collections.abc import Callable
from datetime import datetime

from drivers.models import IdToken, token_key
from drivers.states import RFID_TYPES, AuthorizationStatus
from drivers.tokens import Authorization, PresentedToken
from stations.models import ChargingStation

Authorizer = Callable[[ChargingStation, PresentedToken, int | None, datetime], Authorization | None]


def local_token(
    station: ChargingStation, presented: PresentedToken, evse_number: int | None, at: datetime
) -> Authorization:
    """Answers for the tokens of the station's own organization."""
    token = find_token(station.organization_id, presented)
    if token is None:
        reason = f"No such token in {station.organization.name}"
        return Authorization(AuthorizationStatus.UNKNOWN, reason[:200])
    status, reason = judge(token, at)
    return Authorization(
        status,
        reason,
        token_id=token.pk,
        driver_id=token.driver_id,
        group_id=token.group.group_id if token.group else "",
        expires_at=token.expires_at,
    )


def find_token(organization_id: int, presented: PresentedToken) -> IdToken | None:
    """The token that fits best: the very type, else the other kind of RFID; for OCPP 1.6 any type, RFID first."""
    tokens = IdToken.objects.select_related("driver", "group").filter(
        organization_id=organization_id, key=token_key(presented.value)
    )
    fitting = [token for token in tokens if _fits(token.type, presented.type)]
    return min(
        fitting,
        key=lambda token: (token.type != presented.type, token.type not in RFID_TYPES, token.type),
        default=None,
    )


def _fits(type_: str, presented_type: str) -> bool:
    return not presented_type or type_ == presented_type or {type_, presented_type} <= RFID_TYPES


def judge(token: IdToken, at: datetime) -> tuple[AuthorizationStatus, str]:
    if token.is_blocked:
        return AuthorizationStatus.BLOCKED, "Token is blocked"
    if token.driver and not token.driver.is_active:
        return AuthorizationStatus.BLOCKED, "Driver is inactive"
    if token.expires_at and token.expires_at <= at:
        return AuthorizationStatus.EXPIRED, f"Expired on {token.expires_at:%Y-%m-%d}"
    return AuthorizationStatus.ACCEPTED, "Token is valid"
