"""What a station or an app presents, and what we answer: the shapes doors and domain share."""

from dataclasses import dataclass
from datetime import datetime

from drivers.states import AuthorizationStatus


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token as presented. ``type`` is empty in OCPP 1.6, which has none."""

    value: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Authorization:
    """A decision, in the words of OCPP 2.0.1, with the reason for staff."""

    status: AuthorizationStatus
    reason: str
    token_id: int | None = None
    driver_id: int | None = None
    group_id: str = ""
    expires_at: datetime | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status == AuthorizationStatus.ACCEPTED
