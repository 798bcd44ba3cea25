"""``Prefer: wait=30`` (RFC 7240): the answer comes when the command is through, or when the time is over.

Whoever waits holds neither a transaction nor a database connection: a bell in Redis tells, and a look now and then
covers a bell that was not heard.
"""

import logging
import re
import threading
import time

import redis
from django.conf import settings
from django.db import close_old_connections
from rest_framework.request import Request

from live.redis import channel, client
from stations.models import Command

log = logging.getLogger(__name__)

WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?", re.IGNORECASE)
LOOK_EVERY_S = 5.0
# Each holds a thread and a connection to Redis; who comes when all are taken is answered at once.
PLACES = threading.BoundedSemaphore(100)


def wait_asked_for(request: Request) -> int:
    """Seconds, at most ``API_MAX_WAIT_S``; 0: not asked for."""
    found = WAIT.search(request.headers.get("Prefer", ""))
    return min(int(found.group(1)), settings.API_MAX_WAIT_S) if found else 0


def bell_of(command_id: int) -> str:
    return channel(f"command:{command_id}")


def ring(command_id: int) -> None:
    """Whoever waits for this command may look."""
    try:
        client().publish(bell_of(command_id), "finished")
    except redis.RedisError as error:
        log.warning("nobody could be told that a command is finished", extra={"error": str(error)})


def wait_for(command: Command, seconds: int) -> bool:
    """Whether there was a place to wait. The row is read again."""
    if not PLACES.acquire(blocking=False):
        return False
    try:
        _wait(command, time.monotonic() + seconds)
    finally:
        PLACES.release()
    return True


def _wait(command: Command, deadline: float) -> None:
    with client().pubsub(ignore_subscribe_messages=True) as bell:
        is_heard = _subscribe(bell, command.pk)
        while True:
            command.refresh_from_db()
            left_s = deadline - time.monotonic()
            if not command.is_open or left_s <= 0:
                return
            close_old_connections()
            _listen(bell if is_heard else None, min(left_s, LOOK_EVERY_S))


def _subscribe(bell: "redis.client.PubSub", command_id: int) -> bool:
    try:
        bell.subscribe(bell_of(command_id))
    except redis.RedisError:
        return False
    return True


def _listen(bell: "redis.client.PubSub | None", seconds: float) -> None:
    """Returns at the first ring. Without Redis it only lets time pass."""
    until = time.monotonic() + seconds
    try:
        while bell is not None and time.monotonic() < until:
            if bell.get_message(timeout=until - time.monotonic()) is not None:
                return
    except redis.RedisError:
        time.sleep(max(min(until - time.monotonic(), 1.0), 0))
