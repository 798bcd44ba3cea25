"""What the API does when something happened: only hints and rows, never work."""

from typing import Any

from django.dispatch import receiver

from api import waiting
from stations.signals import command_finished


@receiver(command_finished, dispatch_uid="api.ring")
def tell_who_waits(command_id: int, **facts: Any) -> None:
    waiting.ring(command_id)
