"""The doorbell: tells the gateway that holds a station's socket to look at its commands.

Losing one costs time, not the command: gateways also look by themselves every 30 s and at connect.
"""

import logging
import uuid
from collections import defaultdict
from collections.abc import Sequence

import redis

from live.redis import channel, client
from stations.models import ChargingStation

STATIONS_A_RING = 1000

log = logging.getLogger(__name__)

Held = tuple[uuid.UUID, int, uuid.UUID]
"""gateway id, station id, connection id"""


def bell_of(gateway_id: uuid.UUID) -> str:
    """The Redis channel a gateway listens to."""
    return channel(f"gateway:{gateway_id}")


def ring(station_id: int) -> None:
    """Wake the station's gateway, if it has one."""
    _tell(station_id, f"ring {station_id}")


def ring_many(station_ids: Sequence[int]) -> None:
    """Wake the gateways of these stations: one question to the database, few messages to each gateway."""
    connected = ChargingStation.objects.filter(pk__in=station_ids, connection__isnull=False)
    by_gateway: dict[uuid.UUID, list[int]] = defaultdict(list)
    for station_id, gateway_id in connected.order_by().values_list("pk", "connection__gateway_id"):
        by_gateway[gateway_id].append(station_id)
    for gateway_id, ids in by_gateway.items():
        for start in range(0, len(ids), STATIONS_A_RING):
            _publish((gateway_id, "ring " + " ".join(map(str, ids[start : start + STATIONS_A_RING]))))


def close_sockets(held: Sequence[Held]) -> None:
    """Have gateways close the sockets of connections that are closed in the database."""
    _publish(*((gateway_id, f"close {station_id} {connection_id}") for gateway_id, station_id, connection_id in held))


def _tell(station_id: int, message: str) -> None:
    gateway_id = (
        ChargingStation.objects.filter(pk=station_id, connection__isnull=False)
        .values_list("connection__gateway_id", flat=True)
        .first()
    )
    if gateway_id is not None:
        _publish((gateway_id, message))


def _publish(*messages: tuple[uuid.UUID, str]) -> None:
    """All in one round trip."""
    pipeline = client().pipeline(transaction=False)
    for gateway_id, message in messages:
        pipeline.publish(bell_of(gateway_id), message)
    try:
        pipeline.execute()
    except redis.RedisError as error:
        log.warning("doorbell not rung", extra={"bells": len(messages), "error": str(error)})
