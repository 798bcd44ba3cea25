"""Drivers, their tokens, what was decided about them, and what stations know of them."""

from drivers.models.local_list import LocalList, LocalListEntry, LocalListRule
from drivers.models.tokens import (
    AuthorizationPurpose,
    AuthorizationRecord,
    Driver,
    IdToken,
    TokenGroup,
    token_key,
)

__all__ = [
    "AuthorizationPurpose",
    "AuthorizationRecord",
    "Driver",
    "IdToken",
    "LocalList",
    "LocalListEntry",
    "LocalListRule",
    "TokenGroup",
    "token_key",
]
