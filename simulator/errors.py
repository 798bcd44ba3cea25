"""What can go wrong between a charger and its CSMS, as the charger sees it."""

from collections.abc import Mapping
from typing import Any


class SimulatorError(Exception):
    """Root of everything this package raises on purpose."""


class HandshakeRefused(SimulatorError):
    """The CSMS answered the WebSocket upgrade with an HTTP status other than 101."""

    def __init__(self, status_code: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"handshake refused with HTTP {status_code}")
        self.status_code = status_code
        self.headers = headers
        self.body = body


class ConnectionLost(SimulatorError):
    """There is no open socket (any more). `code` is the WebSocket close code, 1006 for none."""

    def __init__(self, code: int = 1006, reason: str = "") -> None:
        super().__init__(f"connection lost ({code} {reason})".replace(" )", ")"))
        self.code = code
        self.reason = reason


class CallError(SimulatorError):
    """A CALLERROR: as received from the CSMS, or raised by a handler to send one."""

    def __init__(self, code: str, description: str = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.details = dict(details or {})


class AnswerTimeout(SimulatorError):
    """The CSMS did not answer a CALL in time."""


class UnexpectedFrame(SimulatorError):
    """A frame arrived where silence was expected."""
