"""The life of a command after it was queued. A move is made only from where it is allowed; a late one does nothing."""

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from live.events import record_event
from live.publish import publish
from stations.models import ChargingStation, Command
from stations.secret_variables import without_secrets
from stations.signals import command_finished
from stations.states import COMMAND_MOVES, CommandStatus

GRACE = timedelta(seconds=5)
DETAILS = {
    CommandStatus.EXPIRED: "The station was not reachable in time; nothing was sent.",
    CommandStatus.LOST: "The connection broke before the station answered; whether it acted is unknown.",
    CommandStatus.TIMED_OUT: "The station did not answer in time.",
    CommandStatus.CANCELLED: "Cancelled before it was sent.",
}


@transaction.atomic
def claim_command(connection_id: uuid.UUID, *, kinds: Collection[str] | None = None) -> Command | None:
    """Take the station's next command (of these kinds), if this connection is still its current one.

    Changes and returns.
    """
    # Locked, so that a connection cannot close between this look and the commit: its commands would stay sent.
    stations = ChargingStation.objects.select_for_update(no_key=True).filter(connection_id=connection_id)
    station_id = stations.order_by().values_list("pk", flat=True).first()
    if station_id is None:
        return None
    queued = Command.objects.queued().filter(station_id=station_id)
    if kinds is not None:
        queued = queued.filter(kind__in=kinds)
    command = queued.select_for_update(skip_locked=True).first()
    if command is None:
        return None
    now = timezone.now()
    Command.objects.filter(pk=command.pk).update(status=CommandStatus.SENT, connection_id=connection_id, sent_at=now)
    command.status, command.connection_id, command.sent_at = CommandStatus.SENT, connection_id, now
    return command


@transaction.atomic
def note_sent(command: Command, *, message_id: str, action: str, payload: Any) -> None:
    """Keep what goes on the wire, before it goes; of secrets, that they went."""
    Command.objects.filter(pk=command.pk).update(message_id=message_id, action=action, payload=without_secrets(payload))
    publish(*_topics(command), kind="command", command=command.pk, status=CommandStatus.SENT)


@transaction.atomic
def finish_command(
    command_id: int,
    *,
    status: CommandStatus,
    response: Any = None,
    error_code: str = "",
    detail: str = "",
) -> bool:
    """Move a command to its outcome, if that move is allowed from where it is. Returns whether it moved."""
    allowed_from = [old for old, allowed in COMMAND_MOVES.items() if status in allowed]
    moved = Command.objects.filter(pk=command_id, status__in=allowed_from).update(
        status=status,
        response=without_secrets(response),
        error_code=error_code[:50],
        detail=(detail or DETAILS.get(status, ""))[:500],
        finished_at=timezone.now(),
    )
    if moved:
        command = _with_station(command_id)
        _forget_secrets(command)
        record_event(
            "command.finished",
            organization_id=command.station.organization_id,
            station_id=command.station_id,
            subject_id=command_id,
        )
        _announce(command, status)
    return bool(moved)


def _with_station(command_id: int) -> Command:
    told = Command.objects.select_related("station").only("station__organization_id", "batch_id", "arguments", "kind")
    return told.get(pk=command_id)


def _forget_secrets(command: Command) -> None:
    arguments = without_secrets(command.arguments)
    if arguments != command.arguments:
        Command.objects.filter(pk=command.pk).update(arguments=arguments)


def _announce(command: Command, status: CommandStatus) -> None:
    told = {"command_id": command.pk, "kind": command.kind, "status": status}
    transaction.on_commit(partial(command_finished.send_robust, sender=None, **told))
    publish(*_topics(command), kind="command", command=command.pk, status=status)


def _topics(command: Command) -> list[str]:
    """The pages that show it: its station's and, if it is one of many, its batch's."""
    return [f"station:{command.station_id}", *([f"batch:{command.batch_id}"] if command.batch_id else [])]


@transaction.atomic
def cancel_command(command: Command, *, by: User) -> bool:
    """Cancel a command that was not sent yet. Returns whether it could still be."""
    cancelled = finish_command(command.pk, status=CommandStatus.CANCELLED)
    if cancelled:
        record(actor=by, action="command cancelled", target=command, kind=command.kind)
    return cancelled


def lose_commands(*connection_ids: uuid.UUID) -> None:
    """A command without an answer on a closed connection is lost, and never sent again by itself."""
    sent = Command.objects.filter(connection_id__in=connection_ids, status=CommandStatus.SENT)
    for command_id in sent.values_list("pk", flat=True):
        finish_command(command_id, status=CommandStatus.LOST)


def expire_commands() -> int:
    """End the queued commands whose time is over. Returns how many."""
    due = Command.objects.filter(status=CommandStatus.QUEUED, expires_at__lt=timezone.now() - GRACE)
    return sum(finish_command(pk, status=CommandStatus.EXPIRED) for pk in due.values_list("pk", flat=True))


def have_commands(station_ids: Sequence[int]) -> list[bool]:
    """Whether there is something to be sent to each station: asked for many, it spares as many locks."""
    queued = Command.objects.queued().filter(station_id__in=station_ids).order_by()
    asked = set(queued.values_list("station_id", flat=True))
    return [station_id in asked for station_id in station_ids]


def stations_with_commands(gateway_id: uuid.UUID) -> list[int]:
    """Stations connected to this gateway that have something to be sent."""
    return list(
        Command.objects.queued()
        .filter(station__connection__gateway_id=gateway_id)
        .order_by()
        .values_list("station_id", flat=True)
        .distinct()
    )
