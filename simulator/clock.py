"""The charger's own clock: frozen and moved by hand in tests, running in a fleet."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that knows what time the charger believes it is."""

    def now(self) -> datetime: ...

    def set(self, at: datetime) -> None: ...


class ManualClock:
    """Stands still until it is moved, so that energy and timestamps in a test are exact."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime.now(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        return self._now

    def set(self, at: datetime) -> None:
        self._now = at

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class RunningClock:
    """The machine's time plus an offset; `set` changes the offset, as a time synchronisation does."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def set(self, at: datetime) -> None:
        self._offset = at - datetime.now(UTC)


def format_time(at: datetime) -> str:
    """RFC 3339 in UTC with Z and at most three decimals (OCPP 2.0.1 part 2 §3.1)."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds" if at.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """A time from the CSMS; one without a zone is taken as UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
