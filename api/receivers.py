"""What the API does when something happened: only hints and rows, never work."""

from typing import Any

from django.dispatch import receiver

from api import waiting
from api.models import Event
from live.events import recorded
from stations.signals import command_finished


@receiver(command_finished, dispatch_uid="api.ring")
def tell_who_waits(command_id: int, **facts: Any) -> None:
    waiting.ring(command_id)


@receiver(recorded, dispatch_uid="api.outbox")
def keep_event(kind: str, organization_id: int, station_id: int | None, subject_id: str, **facts: Any) -> None:
    """In the transaction of what happened: told with it or not at all."""
    Event.objects.create(type=kind, organization_id=organization_id, station_id=station_id, subject_id=subject_id)
