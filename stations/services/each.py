"""What many stations are asked at once, each with a record of its own: a log, an update, a limit, a password."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit import record
from accounts.models import Organization, User
from live.events import Happened, record_events
from live.publish import publish
from stations.commands import DEFAULT_EXPIRY
from stations.models import ChargingStation, Command, CommandBatch
from stations.services.batches import LEFT_OUT, LONGEST_WAIT, CannotSendToAll
from stations.states import CommandStatus

# Each is asked in a transaction of its own, while somebody waits for the page.
MOST_ASKED = 500


class Ask(Protocol):
    """Asks one station by the service that does so for one alone."""

    def __call__(self, *, station: ChargingStation, expires_in: timedelta) -> Command: ...


@dataclass(frozen=True)
class Question:
    """``kind`` and ``arguments`` tell people what was asked; ``refusals`` are the errors that say why it cannot be."""

    kind: str
    arguments: Mapping[str, str]
    ask: Ask
    refusals: tuple[type[Exception], ...]


def ask_each(
    *,
    organization: Organization,
    stations: QuerySet[ChargingStation],
    question: Question,
    by: User,
    waits_for: timedelta | None = None,
    public_id: uuid.UUID | None = None,
) -> CommandBatch:
    """Ask each station of the organization, one after the other; what one cannot be asked is said in its row.

    ``waits_for`` and ``public_id`` are those of ``send_to_many``. Nobody's row is locked for longer than the station
    is being asked, so it is not one transaction: the same form again asks those that were not reached.
    Raises CannotSendToAll.
    """
    chosen = list(
        stations.filter(organization=organization)
        .select_related("organization", "site", "connection__gateway")
        .order_by("pk")[: MOST_ASKED + 1]
    )
    if not chosen:
        raise CannotSendToAll("None of these stations can be asked: choose others.")
    if len(chosen) > MOST_ASKED:
        raise CannotSendToAll(f"These are more than {MOST_ASKED} stations: choose fewer by a filter.")
    batch = _batch(organization, question, by, waits_for, uuid.uuid5(public_id or uuid.uuid4(), str(organization.pk)))
    reached = set(Command.objects.filter(batch=batch).values_list("station", flat=True))
    for station in chosen:
        if station.pk not in reached:
            _ask(batch, question, station)
    publish(f"batch:{batch.pk}", kind="command")
    return batch


@transaction.atomic
def _batch(
    organization: Organization, question: Question, by: User, waits_for: timedelta | None, public_id: uuid.UUID
) -> CommandBatch:
    batch, is_new = CommandBatch.objects.get_or_create(
        public_id=public_id,
        organization=organization,
        defaults={
            "kind": question.kind,
            "arguments": dict(question.arguments),
            "is_repeatable": False,
            "requested_by": by,
            "waits_for": min(waits_for, LONGEST_WAIT) if waits_for else None,
        },
    )
    if is_new:
        record(actor=by, action="commands sent to many", target=batch, asked=dict(question.arguments))
    return batch


@transaction.atomic
def _ask(batch: CommandBatch, question: Question, station: ChargingStation) -> None:
    """Locked by the batch: the same form, sent twice at once, asks each station once."""
    CommandBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if Command.objects.filter(batch=batch, station=station).exists():
        return
    if batch.waits_for is None and not station.is_online:
        _not_asked(batch, station, CommandStatus.EXPIRED, LEFT_OUT)
        return
    try:
        with transaction.atomic():
            command = question.ask(station=station, expires_in=batch.waits_for or DEFAULT_EXPIRY)
    except question.refusals as refusal:
        _not_asked(batch, station, CommandStatus.NOT_SUPPORTED, str(refusal))
    else:
        Command.objects.filter(pk=command.pk).update(batch=batch)


def _not_asked(batch: CommandBatch, station: ChargingStation, status: CommandStatus, detail: str) -> None:
    now = timezone.now()
    command = Command.objects.create(
        station=station,
        batch=batch,
        kind=batch.kind,
        requested_by=batch.requested_by,
        requested_at=now,
        expires_at=now,
        status=status,
        detail=detail[:500],
        finished_at=now,
    )
    record_events([Happened("command.finished", batch.organization_id, station.pk, command.pk)])
