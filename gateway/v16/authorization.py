"""OCPP 1.6 §4.1 Authorize, §5.4 Clear Cache."""

from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import AuthorizationStatus as StatusWord

from drivers import services as drivers
from drivers.models import AuthorizationPurpose
from drivers.states import AuthorizationStatus
from drivers.tokens import Authorization, PresentedToken
from gateway.exchange import Exchange
from gateway.routing import Call, Facts
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.v16.routes import on, sends
from stations.commands import ClearCache

# 1.6 has five words; the reason in full is on the authorization record.
STATUSES = {
    AuthorizationStatus.ACCEPTED: StatusWord.accepted,
    AuthorizationStatus.BLOCKED: StatusWord.blocked,
    AuthorizationStatus.NO_CREDIT: StatusWord.blocked,
    AuthorizationStatus.EXPIRED: StatusWord.expired,
    AuthorizationStatus.CONCURRENT: StatusWord.concurrent_tx,
}


def id_tag_info(authorization: Authorization) -> IdTagInfo:
    """The decision in 1.6's words, with the group (parentIdTag) and the date it ends."""
    return IdTagInfo(
        status=STATUSES.get(authorization.status, StatusWord.invalid),
        parent_id_tag=authorization.group_id or None,
        expiry_date=format_time(authorization.expires_at) if authorization.expires_at else None,
    )


@on("Authorize")
async def on_authorize(exchange: Exchange, *, id_tag: str = "", **_: Any) -> call_result.Authorize:
    authorization = await in_thread(drivers.authorize)(
        station_id=exchange.station.station_id,
        token=PresentedToken(id_tag),
        purpose=AuthorizationPurpose.AUTHORIZE,
        at=exchange.received_at,
    )
    return call_result.Authorize(id_tag_info=id_tag_info(authorization))


@sends(ClearCache, "ClearCache")
def send_clear_cache(request: ClearCache, facts: Facts) -> Call:
    return Call("ClearCache")
