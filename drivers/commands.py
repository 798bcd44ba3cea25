"""What can be asked of a station about its own list of tokens (see stations/commands.py for the mechanism)."""

from dataclasses import dataclass
from datetime import datetime

from stations.commands import request


@dataclass(frozen=True)
class ListedToken:
    """``status`` empty: the station is to forget it. ``token_type`` is empty in OCPP 1.6."""

    token: str
    token_type: str = ""
    status: str = ""
    group_id: str = ""
    expires_at: datetime | None = None


@request
@dataclass(frozen=True)
class GetLocalListVersion:
    """OCPP 1.6 §5.10, OCPP 2.0.1 D02. With ``refreshes`` the answer is followed by what changed, or by all of it."""

    refreshes: bool = False
    whole: bool = False


@request
@dataclass(frozen=True)
class SendLocalList:
    """OCPP 1.6 §5.15, OCPP 2.0.1 D01. ``is_full`` replaces the list; otherwise these are changes to it."""

    version: int
    is_full: bool
    entries: tuple[ListedToken, ...] = ()
