"""What smart charging does when something happened elsewhere: hints to a worker, never work."""

from typing import Any

from django.dispatch import receiver

from charging.commands import RemoteStart
from smartcharging import tasks
from smartcharging.commands import SetChargingProfile
from stations.signals import command_finished
from stations.states import CommandStatus

CARRIERS = frozenset({SetChargingProfile.__name__, RemoteStart.__name__})


@receiver(command_finished, dispatch_uid="smartcharging.follow_profile")
def follow_profile(command_id: int, kind: str, status: CommandStatus, **facts: Any) -> None:
    """An accepted one has been taken up with the answer itself."""
    if kind in CARRIERS and status != CommandStatus.ACCEPTED:
        # A broker that is away must not keep a station waiting: the sweep comes anyway.
        tasks.follow_profile.apply_async((command_id,), retry=False)
