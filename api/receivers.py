"""What the API does when something happened: only hints and rows, never work."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from api import waiting
from api.models import Event
from live.events import Happened, recorded
from stations.signals import command_finished


@receiver(command_finished, dispatch_uid="api.ring")
def tell_who_waits(command_id: int, **facts: Any) -> None:
    waiting.ring(command_id)


@receiver(recorded, dispatch_uid="api.outbox")
def keep_events(happened: Sequence[Happened], **facts: Any) -> None:
    """In the transaction of what happened: told with it or not at all."""
    Event.objects.bulk_create(
        [
            Event(
                type=each.kind,
                organization_id=each.organization_id,
                station_id=each.station_id,
                subject_id=str(each.subject_id),
            )
            for each in happened
        ],
        batch_size=1_000,
    )
