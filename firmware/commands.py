"""What can be asked of a station about its logs and its firmware (see stations/commands.py for the mechanism)."""

from dataclasses import dataclass
from datetime import datetime

from firmware.states import LogKind
from stations.commands import request


@request
@dataclass(frozen=True)
class GetDiagnostics:
    """OCPP 1.6 §5.9; in 2.x the diagnostics log of N01. ``number`` is the request's."""

    number: int
    location: str
    oldest_at: datetime | None = None
    latest_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


@request
@dataclass(frozen=True)
class GetLog:
    """OCPP 1.6 security whitepaper N01, OCPP 2.0.1 N01."""

    number: int
    location: str
    kind: LogKind = LogKind.SECURITY
    oldest_at: datetime | None = None
    latest_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
