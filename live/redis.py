"""The connections to Redis that doorbells and live updates share: one pool for each process."""

from functools import cache

import redis
import redis.asyncio
from django.conf import settings


@cache
def client() -> "redis.Redis":
    """For threads. Fails fast: a doorbell that cannot ring must not hold up a transaction that is already done."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def async_client() -> "redis.asyncio.Redis":
    """For one event loop. No socket time-out, because a subscriber waits as long as it takes."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=None, health_check_interval=30)


def channel(name: str) -> str:
    """The name of a pub/sub channel: installations that share one Redis do not hear each other."""
    return f"{settings.REDIS_NAMESPACE}:{name}"
