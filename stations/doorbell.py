"""The doorbell: tells the gateway that holds a station's socket to look at its commands.

Losing one costs time, not the command: gateways also look by themselves every 30 s and at connect.
"""

import logging

import redis

from live.redis import client
from stations.models import ChargingStation

log = logging.getLogger(__name__)

CHANNEL_PREFIX = "gateway:"


def ring(station_id: int) -> None:
    """Wake the station's gateway, if it has one."""
    gateway_id = (
        ChargingStation.objects.filter(pk=station_id, connection__isnull=False)
        .values_list("connection__gateway_id", flat=True)
        .first()
    )
    if gateway_id is None:
        return
    try:
        client().publish(f"{CHANNEL_PREFIX}{gateway_id}", str(station_id))
    except redis.RedisError as error:
        log.warning("doorbell not rung", extra={"station_id": station_id, "error": str(error)})
