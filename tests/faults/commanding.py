"""A command for every station, and how they ended."""

from asgiref.sync import sync_to_async

from stations.commands import ClearCache, send
from stations.models import ChargingStation, Command
from stations.states import OPEN_COMMAND_STATUSES
from tests.gateway.polling import eventually


@sync_to_async
def ask_all() -> None:
    for station in ChargingStation.objects.all():
        send(station, ClearCache())


async def outcomes() -> set[str]:
    """Of all that were asked for so far, once none is open."""
    asked = Command.objects.filter(kind="ClearCache")

    async def all_ended() -> bool:
        return not await asked.filter(status__in=OPEN_COMMAND_STATUSES).aexists()

    await eventually(all_ended, timeout_s=60)
    return {status async for status in asked.values_list("status", flat=True)}
