"""What happened, told within its transaction: for an outbox, which must be written with it or not at all.

Whoever only wants to act soon takes the signals of each app, which are sent on commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.dispatch import Signal

recorded = Signal()  # happened: a sequence of Happened


@dataclass(frozen=True)
class Happened:
    """``kind`` as ``session.started``; ``subject_id`` is the key of what the first word names."""

    kind: str
    organization_id: int
    station_id: int | None
    subject_id: Any


def record_event(kind: str, *, organization_id: int, station_id: int | None, subject_id: Any) -> None:
    record_events([Happened(kind, organization_id, station_id, subject_id)])


def record_events(happened: Sequence[Happened]) -> None:
    """Many that happened in one transaction."""
    if happened:
        recorded.send(sender=None, happened=happened)
