"""Gateway processes and their leases: who is connected is true only as long as a gateway says so.

The database's clock counts, because those of machines differ.
"""

import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from stations.models import GatewayProcess, StationConnection
from stations.services.connections import Closing, close_connections

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=settings.OCPP_LEASE_S)
# A database that was away for longer than a lease finds gateways that live: they have so long to say so.
GRACE = timedelta(seconds=15)
CLOSED_AT_ONCE = 500
DIED = "gateway stopped without closing"


def start_gateway(gateway_id: uuid.UUID) -> None:
    """Register a gateway process with its first lease."""
    GatewayProcess.objects.create(id=gateway_id, lease_until=Now() + LEASE)


def renew_lease(gateway_id: uuid.UUID) -> bool:
    """Keep the gateway's stations online for another ``LEASE``. Returns whether it had run out meanwhile.

    A gateway whose row is gone (somebody emptied the table) registers anew, or it could take no station any more.
    """
    had_run_out = GatewayProcess.objects.filter(pk=gateway_id, lease_until__lt=Now()).exists()
    if GatewayProcess.objects.filter(pk=gateway_id).update(lease_until=Now() + LEASE, given_up_at=None):
        return had_run_out
    start_gateway(gateway_id)
    return True


def end_gateway(gateway_id: uuid.UUID) -> None:
    """Give the lease back, so that nothing waits for it to run out."""
    GatewayProcess.objects.filter(pk=gateway_id).update(lease_until=Now(), given_up_at=Now())


def close_abandoned_connections() -> int:
    """Close what gateways left behind that ended or died. Returns how many.

    The first look at a lease that ran out only sets a date: their stations are offline already.
    """
    open_ones = StationConnection.objects.filter(gateway=OuterRef("pk"), closed_at=None)
    silent = GatewayProcess.objects.filter(Exists(open_ones), lease_until__lt=Now())
    silent.filter(given_up_at=None).update(given_up_at=Now() + GRACE)
    closed = 0
    for gateway_id in silent.filter(given_up_at__lte=Now()).values_list("pk", flat=True):
        while count := _close_some(gateway_id):
            closed += count
    if closed:
        log.warning("closed abandoned connections", extra={"count": closed})
    return closed


def _close_some(gateway_id: uuid.UUID) -> int:
    """In slices: ten thousand in one transaction would keep the stations waiting that come back meanwhile."""
    open_ones = StationConnection.objects.filter(gateway_id=gateway_id, closed_at=None).order_by()
    left = open_ones.values_list("pk", flat=True)[:CLOSED_AT_ONCE]
    closed = close_connections([Closing(connection_id, DIED) for connection_id in left])
    return sum(not isinstance(result, Exception) for result in closed)
