"""Telling browsers that something changed. Called from services; goes out when their transaction is committed.

A message carries identifiers and the few values that changed; the page fetches the fragment again.
"""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any

import orjson
import redis
from django.db import transaction

from live.redis import channel, client

log = logging.getLogger(__name__)

CHANNEL = "live"
Message = dict[str, Any]


def publish(*topics: str, kind: str, **values: Any) -> None:
    """Announce ``kind`` on each topic (``station:17``, ``organization:3``) after the commit."""
    publish_many((topic, {"kind": kind, **values}) for topic in topics)


def publish_many(messages: Iterable[tuple[str, Message]]) -> None:
    """Announce many (topic, message) pairs after the commit.

    They go out together, on one channel for all topics: what a commit of 500 stations costs is one PUBLISH.
    """
    batch = [{"topic": topic, **message} for topic, message in messages]
    if batch:
        transaction.on_commit(partial(_send, orjson.dumps(batch)))


def _send(batch: bytes) -> None:
    """A page that misses a message shows it after its next reload, so a Redis that is away is only logged."""
    try:
        client().publish(channel(CHANNEL), batch)
    except redis.RedisError as error:
        log.warning("live update not sent", extra={"error": str(error)})
