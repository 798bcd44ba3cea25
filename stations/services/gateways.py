"""Gateway processes and their leases: who is connected is true only as long as a gateway says so.

The database's clock counts, because those of machines differ.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone

from live.events import Happened, record_events
from live.publish import publish_many
from stations.models import ChargingStation, GatewayProcess, StationConnection
from stations.services.commands import lose_commands
from stations.signals import station_disconnected

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


def open_connections(gateway_id: uuid.UUID) -> list[uuid.UUID]:
    """The connections of this gateway that count as open."""
    return list(StationConnection.objects.filter(gateway_id=gateway_id, closed_at=None).values_list("pk", flat=True))


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


@transaction.atomic
def _close_some(gateway_id: uuid.UUID) -> int:
    """In slices: ten thousand in one transaction would keep the stations waiting that come back meanwhile."""
    left = open_connections(gateway_id)[:CLOSED_AT_ONCE]
    # The stations first, as everybody does; one that has come back meanwhile has another connection.
    stations = list(
        ChargingStation.objects.select_for_update(of=("self",))
        .filter(connection_id__in=left)
        .order_by("pk")
        .values_list("pk", "organization_id", "connection_id")
    )
    StationConnection.objects.filter(pk__in=left, closed_at=None).update(closed_at=timezone.now(), close_reason=DIED)
    lose_commands(*left)
    ChargingStation.objects.filter(pk__in=[pk for pk, _, _ in stations]).update(connection=None)
    _announce(stations)
    return len(left)


def _announce(stations: Sequence[tuple[int, int, uuid.UUID | None]]) -> None:
    record_events([Happened("station.disconnected", organization, pk, gone) for pk, organization, gone in stations])
    publish_many(
        ((f"station:{pk}", f"organization:{organization}"), {"kind": "disconnected", "station": pk})
        for pk, organization, _ in stations
    )
    for pk, _, gone in stations:
        transaction.on_commit(partial(station_disconnected.send, sender=None, station_id=pk, connection_id=gone))
