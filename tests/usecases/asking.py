"""Commands as staff send them, and answers as stations give them."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async

from simulator import CallError, Charger
from stations import commands
from stations.models import ChargingStation, Command
from tests.gateway.polling import eventually
from tests.usecases.facts import finished
from tests.usecases.telling import Payload

REPORT = {"1.6": "GetConfiguration", "2.0.1": "GetBaseReport", "2.1": "GetBaseReport"}


async def ask(wanted: object, station: Charger | None = None, **options: Any) -> Command:
    """Queue a request for the station, or for the only one there is."""
    stations = ChargingStation.objects.all()
    row = await (stations.aget(identity=station.identity) if station else stations.aget())
    return await sync_to_async(commands.send)(row, wanted, **options)


async def outcome_of(wanted: object, station: Charger | None = None, **options: Any) -> Command:
    """The command when it is through."""
    return await finished(await ask(wanted, station, **options))


async def at_rest(station: Charger) -> None:
    """Nothing is under way: not what a station that is new is asked for, nor what it does of itself."""
    if not await Command.objects.filter(station__identity=station.identity).aexists():
        await station.settle()
        return
    await station.wait_for_call(REPORT[station.version])
    await station.settle()
    await finished(await Command.objects.aget(station__identity=station.identity))


async def status_becomes(command: Command, status: str, timeout_s: float = 10) -> Command:
    async def is_so() -> Command | None:
        return await Command.objects.filter(pk=command.pk, status=status).afirst()

    return await eventually(is_so, timeout_s)


ACCEPTED = {"status": "Accepted"}


def sent(command: Command) -> Payload:
    """What went over the wire."""
    assert isinstance(command.payload, dict)
    return command.payload


def answered(command: Command) -> Payload:
    assert isinstance(command.response, dict)
    return command.response


def always(answer: Payload) -> Callable[[Payload], Payload]:
    """For ``Charger.on``: whatever is asked."""
    return lambda _: answer


def refusing(code: str, description: str = "not today") -> Callable[[Payload], Payload]:
    def refuse(_: Payload) -> Payload:
        raise CallError(code, description)

    return refuse


def silent(_: Payload) -> None:
    """No answer at all."""


async def back_online(station: Charger) -> None:
    """Connected again and heard of: a station that says nothing at first is given time."""
    await station.come_online()
    await station.heartbeat()
