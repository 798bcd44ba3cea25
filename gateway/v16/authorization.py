"""OCPP 1.6 §4.1 Authorize, §5.4 Clear Cache."""

import re
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
from stations.repairs import Repair

# Blanks and control characters; what a broken byte becomes is one too (quirk 84).
AROUND_A_TAG = re.compile(r"^[\s\x00-\x1f\x7f\ufffd]+|[\s\x00-\x1f\x7f\ufffd]+$")

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


def presented(exchange: Exchange, id_tag: str) -> PresentedToken:
    """The tag as a card has it: some stations send the rest of a buffer, or blanks, around it."""
    cleaned = AROUND_A_TAG.sub("", id_tag)
    if cleaned != id_tag:
        exchange.repair(Repair.TOKEN_CLEANED)
    return PresentedToken(cleaned)


@on("Authorize")
async def on_authorize(exchange: Exchange, *, id_tag: str = "", **_: Any) -> call_result.Authorize:
    authorization = await in_thread(drivers.authorize)(
        station_id=exchange.station.station_id,
        token=presented(exchange, id_tag),
        purpose=AuthorizationPurpose.AUTHORIZE,
        at=exchange.received_at,
    )
    return call_result.Authorize(id_tag_info=id_tag_info(authorization))


@sends(ClearCache, "ClearCache")
def send_clear_cache(request: ClearCache, facts: Facts) -> Call:
    return Call("ClearCache")
