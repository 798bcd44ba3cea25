"""Tokens and what a charger remembers of them: authorization cache and local list."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Token:
    """An id token; `type` is only sent by 2.x. Comparison ignores case (OCPP 1.6 §7.28, 2.x identifierString)."""

    value: str
    type: str = "ISO14443"

    @property
    def key(self) -> str:
        return self.value.casefold()

    def __str__(self) -> str:
        return f"…{self.value[-4:]}"


@dataclass(frozen=True, slots=True)
class Authorization:
    """What is known of a token: `status` in the words of the version, its group, and until when."""

    status: str
    group: str | None = None
    expires_at: datetime | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status == "Accepted"

    def is_valid(self, at: datetime) -> bool:
        return self.is_accepted and (self.expires_at is None or self.expires_at > at)


def in_same_group(one: Authorization, other: Authorization) -> bool:
    return one.group is not None and other.group is not None and one.group.casefold() == other.group.casefold()


@dataclass(slots=True)
class LocalList:
    version: int = 0
    entries: dict[str, Authorization] = field(default_factory=dict)

    def replace(self, version: int, entries: dict[str, Authorization]) -> None:
        self.version, self.entries = version, entries

    def update(self, version: int, changes: dict[str, Authorization | None]) -> bool:
        """Differential update; None removes. False when the list is already as new or newer."""
        if version <= self.version:
            return False
        for key, authorization in changes.items():
            if authorization is None:
                self.entries.pop(key, None)
            else:
                self.entries[key] = authorization
        self.version = version
        return True


@dataclass(slots=True)
class Memory:
    """The local list wins over the cache (OCPP 1.6 §3.5.2)."""

    cache: dict[str, Authorization] = field(default_factory=dict)
    local_list: LocalList = field(default_factory=LocalList)

    def find(self, token: Token, *, use_cache: bool, use_list: bool) -> Authorization | None:
        if use_list and token.key in self.local_list.entries:
            return self.local_list.entries[token.key]
        return self.cache.get(token.key) if use_cache else None

    def remember(self, token: Token, authorization: Authorization) -> None:
        self.cache[token.key] = authorization
