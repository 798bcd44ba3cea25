"""What happened, told within its transaction: for an outbox, which must be written with it or not at all.

Whoever only wants to act soon takes the signals of each app, which are sent on commit.
"""

from typing import Any

from django.dispatch import Signal

recorded = Signal()  # type, organization_id, station_id, subject_id


def record_event(kind: str, *, organization_id: int, station_id: int | None, subject_id: Any) -> None:
    """``kind`` as ``session.started``; ``subject_id`` is the key of what the first word names."""
    recorded.send(
        sender=None, kind=kind, organization_id=organization_id, station_id=station_id, subject_id=str(subject_id)
    )
