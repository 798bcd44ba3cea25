"""What charging does when something happened elsewhere: hints to a worker, never work."""

from typing import Any

from django.dispatch import receiver

from charging import tasks
from charging.commands import ReserveNow
from stations.signals import command_finished
from stations.states import CommandStatus


@receiver(command_finished, dispatch_uid="charging.follow_reservation")
def follow_reservation(command_id: int, kind: str, status: CommandStatus, **facts: Any) -> None:
    """An accepted one has been taken up with the answer itself."""
    if kind == ReserveNow.__name__ and status != CommandStatus.ACCEPTED:
        # A broker that is away must not keep a station waiting: the sweep comes anyway.
        tasks.follow_reservation.apply_async((command_id,), retry=False)
