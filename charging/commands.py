"""What can be asked of a station about sessions (see stations/commands.py for the mechanism)."""

from dataclasses import dataclass
from datetime import datetime

from charging.profiles import Profile
from stations.commands import request


@request
@dataclass(frozen=True)
class RemoteStart:
    """OCPP 1.6 §5.11, OCPP 2.0.1 F01, F02. ``remote_start_id`` ties the 2.x transaction to this command.

    A ``profile`` limits the session that begins; it names no transaction yet (OCPP 1.6 §5.16.2, OCPP 2.0.1 K05).
    """

    token: str
    token_type: str
    remote_start_id: int
    evse_number: int | None = None
    group_id: str = ""
    profile: Profile | None = None


@request
@dataclass(frozen=True)
class RemoteStop:
    """OCPP 1.6 §5.12, OCPP 2.0.1 F03."""

    transaction_id: str


@request
@dataclass(frozen=True)
class ReserveNow:
    """OCPP 1.6 §5.13, OCPP 2.0.1 H01. Without an EVSE: any of the station."""

    reservation_id: int
    token: str
    token_type: str
    expires_at: datetime
    evse_number: int | None = None
    connector_type: str = ""
    group_id: str = ""


@request
@dataclass(frozen=True)
class CancelReservation:
    """OCPP 1.6 §5.1, OCPP 2.0.1 H02."""

    reservation_id: int
