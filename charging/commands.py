"""What can be asked of a station about sessions (see stations/commands.py for the mechanism)."""

from dataclasses import dataclass

from stations.commands import request


@request
@dataclass(frozen=True)
class RemoteStart:
    """OCPP 1.6 §5.11, OCPP 2.0.1 F01, F02. ``remote_start_id`` ties the 2.x transaction to this command."""

    token: str
    token_type: str
    remote_start_id: int
    evse_number: int | None = None
    group_id: str = ""


@request
@dataclass(frozen=True)
class RemoteStop:
    """OCPP 1.6 §5.12, OCPP 2.0.1 F03."""

    transaction_id: str
