"""What can be asked of a station about its logs and its firmware (see stations/commands.py for the mechanism)."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from firmware.states import LogKind
from stations.commands import request


class Tries(NamedTuple):
    """How often a station tries an upload or a download again, after how many seconds; None: as it likes."""

    retries: int | None = None
    retry_interval_s: int | None = None


AS_IT_LIKES = Tries()


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


@request
@dataclass(frozen=True)
class UpdateFirmware:
    """OCPP 1.6 §5.19, OCPP 2.x L02: without a signature. ``install_at`` needs 2.x."""

    number: int
    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


@request
@dataclass(frozen=True)
class SignedUpdateFirmware:
    """OCPP 1.6 security whitepaper L01, OCPP 2.x L01."""

    number: int
    location: str
    retrieve_at: datetime
    certificate: str
    signature: str
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


# All say how often, and after how long again, a station may try.
Tried = GetDiagnostics | GetLog | UpdateFirmware | SignedUpdateFirmware
