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

PREFIX = "live:"


def channel_of(topic: str) -> str:
    """The Redis channel on which a topic is announced."""
    return channel(PREFIX + topic)


def topic_of(channel_name: str) -> str:
    """The topic announced on a Redis channel."""
    return channel_name.partition(PREFIX)[2]


def publish(*topics: str, kind: str, **values: Any) -> None:
    """Announce ``kind`` on each topic (``station:17``, ``organization:3``) after the commit."""
    publish_many((topic, {"kind": kind, **values}) for topic in topics)


def publish_many(messages: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Announce many (topic, message) pairs in one round trip after the commit."""
    batch = [(topic, orjson.dumps({"topic": topic, **message})) for topic, message in messages]
    if batch:
        transaction.on_commit(partial(_send, batch))


def _send(batch: list[tuple[str, bytes]]) -> None:
    """A page that misses a message shows it after its next reload, so a Redis that is away is only logged."""
    try:
        with client().pipeline(transaction=False) as pipeline:
            for topic, message in batch:
                pipeline.publish(channel_of(topic), message)
            pipeline.execute()
    except redis.RedisError as error:
        log.warning("live update not sent", extra={"error": str(error), "messages": len(batch)})
