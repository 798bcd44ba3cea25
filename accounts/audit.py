"""Recording who did what, and proving that nobody changed the record."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts.models import AuditChain, AuditEvent, User, organization_of
from accounts.origin import current_origin
from accounts.seals import plain


def record(*, actor: User | None, action: str, target: Model, **details: Any) -> AuditEvent:
    """Add one line to the audit trail, in the caller's transaction. ``details`` must hold no secret.

    What concerns a person is told to each organization they work for. The chain stays locked until the caller commits,
    so this comes last.
    """
    events = [
        _append(organization_id, actor, action, target, details) for organization_id in organizations_concerned(target)
    ]
    return events[0]


def organizations_concerned(target: Model) -> list[int | None]:
    """In one order for everybody, so that two writers never wait for each other. None is the server's chain."""
    if isinstance(target, User):
        return list(target.memberships.order_by("organization_id").values_list("organization_id", flat=True)) or [None]
    return [organization_of(target)]


@transaction.atomic
def _append(
    organization_id: int | None, actor: User | None, action: str, target: Model, details: dict[str, Any]
) -> AuditEvent:
    chain = _locked_chain(organization_id)
    origin = current_origin()
    event = AuditEvent(
        organization_id=organization_id,
        position=chain.length + 1,
        actor=actor or origin.user,
        impersonator=origin.impersonator,
        action=action,
        object_type=target._meta.label,
        object_id=str(target.pk),
        object_label=plain(str(target))[:200],
        details=plain(details),
        address=origin.address,
        agent=origin.agent,
        at=timezone.now(),
        previous_hash=chain.head,
    )
    event.hash = event.expected_hash()
    event.save()
    AuditChain.objects.filter(pk=chain.pk).update(length=event.position, head=event.hash)
    return event


def _locked_chain(organization_id: int | None) -> AuditChain:
    """Writers of one organization take turns; those of others do not wait."""
    chains = AuditChain.objects.select_for_update(no_key=True).filter(organization=organization_id)
    chain = chains.first()
    if chain is None:
        AuditChain.objects.bulk_create([AuditChain(organization_id=organization_id)], ignore_conflicts=True)
        chain = chains.get()
    return chain


@dataclass(frozen=True)
class Broken:
    """The first place at which a chain is not what was written."""

    chain: AuditChain
    position: int
    reason: str
    event: AuditEvent | None = None

    def __str__(self) -> str:
        where = f"event {self.event.pk} ({self.event})" if self.event else f"position {self.position}"
        return f"{self.chain}: {where}: {self.reason}"


def chains_of(user: User | None = None) -> list[AuditChain]:
    """The chains whose events the user sees; all of them without a user."""
    events = AuditEvent.objects.visible_to(user) if user else AuditEvent.objects.all()
    chains = AuditChain.objects.select_related("organization").order_by("organization")
    if user and not user.is_superuser:
        chains = chains.filter(organization__in=user.organizations_allowing("accounts.view_auditevent"))
    known = {chain.organization_id: chain for chain in chains}
    lost = events.exclude(organization__in=[pk for pk in known if pk]).order_by().values_list("organization", flat=True)
    for organization_id in set(lost) - known.keys():
        known[organization_id] = AuditChain(organization_id=organization_id)
    return list(known.values())


@transaction.atomic
def first_break(chain: AuditChain) -> Broken | None:
    """Read the whole chain and hash it again. None when every event is as it was written and none is missing."""
    # Read under the lock: an event added meanwhile would look like one too many.
    if chain.pk:
        chain = (
            AuditChain.objects.select_for_update(no_key=True, of=("self",))
            .select_related("organization")
            .get(pk=chain.pk)
        )
    position, head = 0, ""
    for event in _events(chain):
        position += 1
        if event.position != position:
            return Broken(chain, position, "An event before this one is missing.", event)
        if event.previous_hash != head:
            return Broken(chain, position, "It does not follow the event before it.", event)
        if event.hash != event.expected_hash():
            return Broken(chain, position, "It was changed after it was written.", event)
        head = event.hash
    if (position, head) != (chain.length, chain.head):
        return Broken(chain, position + 1, f"The chain has {chain.length} events, {position} are there.")
    return None


def _events(chain: AuditChain) -> Iterator[AuditEvent]:
    events = AuditEvent.objects.filter(organization=chain.organization_id).order_by("position")
    return events.iterator(chunk_size=2000)
