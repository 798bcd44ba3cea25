"""May this token charge here, and what stations know of it themselves."""

from drivers.services.authorizing import authorize, authorize_at, decide
from drivers.services.local_lists import (
    give_up_refreshes,
    record_list_answer,
    record_list_version,
    refresh_local_list,
    refresh_local_lists,
)

__all__ = [
    "authorize",
    "authorize_at",
    "decide",
    "give_up_refreshes",
    "record_list_answer",
    "record_list_version",
    "refresh_local_list",
    "refresh_local_lists",
]
