"""Keeping filters and columns of lists."""

from collections.abc import Sequence

from django.db import transaction

from accounts import audit
from accounts.models import Organization, SavedColumns, SavedFilter, User


@transaction.atomic
def save_filter(
    *,
    organization: Organization,
    owner: User,
    listed: str,
    name: str,
    query: str,
    ordering: Sequence[str] = (),
    is_shared: bool = False,
) -> SavedFilter:
    """The same name again replaces what it meant."""
    saved, _ = SavedFilter.objects.update_or_create(
        organization=organization,
        owner=owner,
        listed=listed,
        name=name,
        defaults={"query": query, "ordering": list(ordering), "is_shared": is_shared},
    )
    audit.record(actor=owner, action="filter saved", target=saved, listed=listed, shared=is_shared)
    return saved


@transaction.atomic
def delete_filter(*, saved: SavedFilter, by: User) -> None:
    audit.record(actor=by, action="filter deleted", target=saved, listed=saved.listed)
    saved.delete()


def hide_columns(*, user: User, listed: str, hidden: Sequence[str]) -> None:
    """A taste, not a deed: it is not in the audit trail."""
    if hidden:
        SavedColumns.objects.update_or_create(user=user, listed=listed, defaults={"hidden": list(hidden)})
    else:
        SavedColumns.objects.filter(user=user, listed=listed).delete()
