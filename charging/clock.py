"""Whether a station's time can be true. Stations start with 1970 until somebody tells them the time."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

MAX_AHEAD = timedelta(minutes=5)
# Offline stations replay what happened days and weeks ago; a year is no replay any more.
MAX_AGE = timedelta(days=365)
# In no zone is one of these a year that databases, stations or Python cannot write.
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class Trusted(NamedTuple):
    """The station's time, or ours where the station's cannot be true."""

    at: datetime
    is_skewed: bool


def trusted_time(reported_at: datetime, received_at: datetime) -> Trusted:
    is_skewed = not received_at - MAX_AGE <= reported_at <= received_at + MAX_AHEAD
    return Trusted(received_at if is_skewed else reported_at, is_skewed)


def is_writable(*wanted: datetime | None) -> bool:
    """Whether these times, which people or programs ask for, can be kept, read again and sent."""
    return all(at is None or (at.tzinfo is not None and EARLIEST <= at <= LATEST) for at in wanted)
