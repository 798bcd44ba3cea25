"""One request for many stations: queued at once, cancelled, tried again."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit import record
from accounts.models import Organization, User
from live.events import Happened, record_events
from live.publish import News, publish_many
from stations import commands
from stations.doorbell import ring_many
from stations.errors import StationError
from stations.models import ChargingStation, Command, CommandBatch
from stations.outcomes import RETRIED, latest_of
from stations.problems import check_request
from stations.secret_variables import without_secrets
from stations.services.commands import DETAILS
from stations.signals import command_finished
from stations.states import CommandStatus, OcppVersion

ROWS_AT_ONCE = 1000
MOST_STATIONS = 10_000
LONGEST_WAIT = timedelta(days=30)
LEFT_OUT = "The station was offline and was left out; nothing was sent."
VERSION_UNKNOWN = "The station never connected, so its OCPP version is not known; nothing was sent."


class CannotSendToAll(StationError):
    """No station of the organization is left in the choice, or more than one batch takes."""


class CannotRepeat(StationError):
    """What was asked held a secret, which is not kept, or was made for each station."""


@dataclass(frozen=True)
class Plan:
    """What is asked, and what makes it impossible by version."""

    kind: str
    arguments: dict[str, Any]
    refused_by: dict[str, str]

    @classmethod
    def of(cls, wanted: Any) -> "Plan":
        return cls(commands.kind_of(wanted), msgspec.to_builtins(wanted), refusals(wanted))


def refusals(wanted: Any) -> dict[str, str]:
    """Why the stations of a version cannot be asked this: by version; a neutral request goes to all."""
    if not isinstance(wanted, commands.RawCall):
        return {}
    found = {"": VERSION_UNKNOWN}
    for version in OcppVersion:
        if problems := check_request(version, wanted.action, wanted.payload):
            found[version] = " ".join(map(str, problems[:3]))[:500]
    return found


@transaction.atomic
def send_to_many(
    *,
    organization: Organization,
    stations: QuerySet[ChargingStation],
    wanted: Any,
    by: User,
    waits_for: timedelta | None = None,
    public_id: uuid.UUID | None = None,
) -> CommandBatch:
    """Queue a request for each station of the organization; ring each gateway once on commit.

    ``waits_for``: how long it waits for stations that are offline; None leaves them out. The same ``public_id`` again
    is the same batch. Who may do this is the door's question.
    """
    plan = Plan.of(wanted)
    arguments = without_secrets(plan.arguments)
    batch, is_new = CommandBatch.objects.get_or_create(
        public_id=uuid.uuid5(public_id or uuid.uuid4(), str(organization.pk)),
        organization=organization,
        defaults={
            "kind": plan.kind,
            "arguments": arguments,
            "is_repeatable": arguments == plan.arguments,
            "requested_by": by,
            "waits_for": min(waits_for, LONGEST_WAIT) if waits_for else None,
        },
    )
    if not is_new:
        return batch
    chosen = stations.filter(organization=organization).select_related("connection__gateway")
    rows = [_command(batch, plan, station, by) for station in chosen.order_by("pk")[: MOST_STATIONS + 1]]
    if not rows:
        raise CannotSendToAll("None of these stations can be asked: choose others.")
    if len(rows) > MOST_STATIONS:
        raise CannotSendToAll(f"These are more than {MOST_STATIONS} stations: choose fewer by a filter.")
    _queue(batch, rows)
    record(actor=by, action="commands sent to many", target=batch, asked=arguments, stations=len(rows))
    return batch


def _command(
    batch: CommandBatch, plan: Plan, station: ChargingStation, by: User, retry_of: Command | None = None
) -> Command:
    now = timezone.now()
    command = Command(
        station=station,
        batch=batch,
        retry_of=retry_of,
        kind=plan.kind,
        arguments=plan.arguments,
        requested_by=by,
        requested_at=now,
        expires_at=now + (batch.waits_for or commands.DEFAULT_EXPIRY),
    )
    if reason := plan.refused_by.get(station.ocpp_version, ""):
        _end(command, CommandStatus.NOT_SUPPORTED, reason, now)
    elif batch.waits_for is None and not station.is_online:
        _end(command, CommandStatus.EXPIRED, LEFT_OUT, now)
    return command


def _end(command: Command, status: CommandStatus, detail: str, at: datetime) -> None:
    command.status, command.detail, command.finished_at = status, detail, at
    command.arguments = without_secrets(command.arguments)


def _queue(batch: CommandBatch, rows: list[Command]) -> None:
    Command.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    _record_ends(batch, [row for row in rows if row.finished_at])
    waiting = [row.station_id for row in rows if row.status == CommandStatus.QUEUED]
    transaction.on_commit(partial(ring_many, waiting))
    _announce(batch, rows)


def _record_ends(batch: CommandBatch, rows: Iterable[Command]) -> None:
    record_events([Happened("command.finished", batch.organization_id, row.station_id, row.pk) for row in rows])


def _announce(batch: CommandBatch, rows: Iterable[Command]) -> None:
    publish_many(_news(batch, rows))


def _news(batch: CommandBatch, rows: Iterable[Command]) -> Iterator[News]:
    yield [f"batch:{batch.pk}"], {"kind": "command"}
    for row in rows:
        yield [f"station:{row.station_id}"], {"kind": "command", "command": row.pk, "status": row.status}


@transaction.atomic
def cancel_batch(*, batch: CommandBatch, by: User) -> int:
    """Cancel what was not sent yet. Returns how many."""
    queued = Command.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        batch=batch, status=CommandStatus.QUEUED
    )
    rows = list(queued)
    now = timezone.now()
    for row in rows:
        _end(row, CommandStatus.CANCELLED, DETAILS[CommandStatus.CANCELLED], now)
    Command.objects.bulk_update(rows, ["status", "detail", "finished_at", "arguments"], batch_size=ROWS_AT_ONCE)
    if rows:
        _record_ends(batch, rows)
        for row in rows:
            told = {"command_id": row.pk, "kind": row.kind, "status": CommandStatus.CANCELLED}
            transaction.on_commit(partial(command_finished.send_robust, sender=None, **told))
        _announce(batch, rows)
        record(actor=by, action="batch cancelled", target=batch, commands=len(rows))
    return len(rows)


@transaction.atomic
def retry_batch(*, batch: CommandBatch, by: User) -> int:
    """Ask again those that refused, erred, did not answer or were not there. Returns how many.

    The batch is locked, and each command is tried again once: two who press the button send one retry.
    """
    if not batch.is_repeatable:
        raise CannotRepeat("It held what is not kept, or is made anew for each. Choose it again for those that failed.")
    CommandBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    failed = latest_of(batch).filter(RETRIED).select_related("station__connection__gateway").order_by("pk")
    plan = Plan.of(msgspec.convert(batch.arguments, commands.REQUESTS[batch.kind]))
    rows = [_command(batch, plan, command.station, by, retry_of=command) for command in failed]
    if rows:
        _queue(batch, rows)
        record(actor=by, action="batch tried again", target=batch, commands=len(rows))
    return len(rows)


def versions_of(stations: QuerySet[ChargingStation]) -> Counter[str]:
    """How many stations of each OCPP version are in a choice; empty for those that never connected."""
    return Counter(stations.order_by().values_list("ocpp_version", flat=True))
