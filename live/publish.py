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
News = tuple[tuple[str, ...] | list[str], Message]
"""The topics (``station:17``, ``organization:3``) and what is told on each of them."""


def publish(*topics: str, kind: str, **values: Any) -> None:
    """Announce ``kind`` on each topic (``station:17``, ``organization:3``) after the commit."""
    publish_many([(topics, {"kind": kind, **values})])


def publish_many(news: Iterable[News]) -> None:
    """Announce much after the commit.

    It goes out together, on one channel for all topics: what a commit of 500 stations costs is one PUBLISH.
    """
    batch = [{"topics": topics, **message} for topics, message in news]
    if batch:
        transaction.on_commit(partial(_send, orjson.dumps(batch)))


def _send(batch: bytes) -> None:
    """A page that misses a message shows it after its next reload, so a Redis that is away is only logged."""
    try:
        client().publish(channel(CHANNEL), batch)
    except redis.RedisError as error:
        log.warning("live update not sent", extra={"error": str(error)})
