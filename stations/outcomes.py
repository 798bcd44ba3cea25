"""What became of the commands of a batch, as people count it: each command is in exactly one outcome."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from stations.models import Command, CommandBatch
from stations.models.command import CommandQuerySet
from stations.states import CommandStatus


@dataclass(frozen=True)
class Outcome:
    """``look`` is a state of the vocabulary of commands."""

    slug: str
    word: str
    look: str
    condition: Q
    is_open: bool = False


def _status(status: CommandStatus) -> Q:
    return Q(status=status)


ANSWERED_ERROR = ~Q(error_code="")
OUTCOMES: tuple[Outcome, ...] = (
    Outcome("accepted", "Accepted", "accepted", _status(CommandStatus.ACCEPTED)),
    Outcome("rejected", "Rejected", "rejected", _status(CommandStatus.REJECTED) & ~ANSWERED_ERROR),
    Outcome("error", "Error", "error", _status(CommandStatus.REJECTED) & ANSWERED_ERROR),
    Outcome("offline", "Offline", "offline", _status(CommandStatus.EXPIRED)),
    Outcome("timed-out", "No answer in time", "timed_out", _status(CommandStatus.TIMED_OUT)),
    Outcome("lost", "Connection lost", "lost", _status(CommandStatus.LOST)),
    Outcome("not-supported", "Not supported", "not_supported", _status(CommandStatus.NOT_SUPPORTED)),
    Outcome("cancelled", "Cancelled", "cancelled", _status(CommandStatus.CANCELLED)),
    Outcome("queued", "Queued", "queued", _status(CommandStatus.QUEUED), is_open=True),
    Outcome("sent", "Sent", "sent", _status(CommandStatus.SENT), is_open=True),
)
BY_SLUG = {outcome.slug: outcome for outcome in OUTCOMES}
RETRIED = Q(status__in=(CommandStatus.REJECTED, CommandStatus.EXPIRED, CommandStatus.TIMED_OUT, CommandStatus.LOST))


def latest_of(batch: CommandBatch) -> CommandQuerySet:
    """The last command for each station: what was tried again counts no more.

    Not ``retry=None``: that is an outer join, for which the database reads every command there ever was.
    """
    again = Command.objects.filter(retry_of=OuterRef("pk"))
    return Command.objects.filter(~Exists(again), batch=batch)


def counts_of(batch: CommandBatch) -> dict[str, int]:
    """By outcome, in one query."""
    counts = {outcome.slug.replace("-", "_"): Count("pk", filter=outcome.condition) for outcome in OUTCOMES}
    found = latest_of(batch).order_by().aggregate(**counts)
    return {outcome.slug: int(found[outcome.slug.replace("-", "_")]) for outcome in OUTCOMES}


def look_of(command: Command) -> str:
    """The outcome's look in the vocabulary of commands."""
    if command.status == CommandStatus.REJECTED and command.error_code:
        return "error"
    return "offline" if command.status == CommandStatus.EXPIRED else command.status
