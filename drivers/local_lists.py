"""Local lists without the database: what differs, in portions, and a digest to compare many."""

import hashlib
from collections.abc import Iterable, Mapping

from drivers.commands import ListedToken
from drivers.models import token_key

Key = tuple[str, str]
"""The token as it is compared, and its type."""


def key_of(listed: ListedToken) -> Key:
    return token_key(listed.token), listed.token_type


def by_key(entries: Iterable[ListedToken]) -> dict[Key, ListedToken]:
    """A token is listed once (OCPP 2.0.1 D01.FR.06): the first one counts."""
    found: dict[Key, ListedToken] = {}
    for listed in entries:
        found.setdefault(key_of(listed), listed)
    return found


def changes(held: Mapping[Key, ListedToken], wanted: Mapping[Key, ListedToken]) -> list[ListedToken]:
    """What makes ``wanted`` of ``held``: what has to go first, because the station's room is limited."""
    gone = [ListedToken(held[key].token, held[key].token_type) for key in held.keys() - wanted.keys()]
    gone.sort(key=key_of)
    return gone + [listed for key, listed in wanted.items() if not _is_same(held.get(key), listed)]


def applied(held: Mapping[Key, ListedToken], told: Iterable[ListedToken]) -> dict[Key, ListedToken]:
    """The list after these changes."""
    after = dict(held)
    for listed in told:
        if listed.status:
            after[key_of(listed)] = listed
        else:
            after.pop(key_of(listed), None)
    return after


def digest(entries: Mapping[Key, ListedToken]) -> str:
    lines = sorted(
        "\x1f".join((*key, listed.status, listed.group_id, listed.expires_at.isoformat() if listed.expires_at else ""))
        for key, listed in entries.items()
    )
    return hashlib.sha256("\x1e".join(lines).encode()).hexdigest()


def _is_same(held: ListedToken | None, wanted: ListedToken) -> bool:
    return held is not None and _content(held) == _content(wanted)


def _content(listed: ListedToken) -> tuple[object, ...]:
    return listed.status, listed.group_id, listed.expires_at
