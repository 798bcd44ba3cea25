"""OCPP 2.0.1 block C: authorization."""

from collections.abc import Mapping
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.datatypes import IdTokenInfoType, IdTokenType
from ocpp.v201.enums import AuthorizationStatusEnumType, IdTokenEnumType

from drivers import services as drivers
from drivers.models import AuthorizationPurpose
from drivers.tokens import Authorization, PresentedToken
from gateway.exchange import Exchange
from gateway.routing import Call, Facts
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.v201.routes import on, sends
from stations.commands import ClearCache


def presented(id_token: Mapping[str, Any] | None) -> PresentedToken | None:
    """The token of a message, or None if it has none."""
    if id_token is None:
        return None
    return PresentedToken(str(id_token.get("idToken", "")), str(id_token.get("type", "")))


def id_token_info(authorization: Authorization) -> IdTokenInfoType:
    """The decision, with the group (C09) and the time until which a station may remember it."""
    group = None
    if authorization.group_id:
        group = IdTokenType(id_token=authorization.group_id, type=IdTokenEnumType.central)
    return IdTokenInfoType(
        status=AuthorizationStatusEnumType(authorization.status.value),
        group_id_token=group,
        cache_expiry_date_time=format_time(authorization.expires_at) if authorization.expires_at else None,
    )


@on("Authorize")
async def on_authorize(exchange: Exchange, *, id_token: Mapping[str, Any], **_: Any) -> call_result.Authorize:
    """C01 to C05."""
    authorization = await in_thread(drivers.authorize)(
        station_id=exchange.station.station_id,
        token=presented(id_token) or PresentedToken(""),
        purpose=AuthorizationPurpose.AUTHORIZE,
        at=exchange.received_at,
    )
    return call_result.Authorize(id_token_info=id_token_info(authorization))


@sends(ClearCache, "ClearCache")
def send_clear_cache(request: ClearCache, facts: Facts) -> Call:
    """C11."""
    return Call("ClearCache")
