"""One CALL of a station while it is being answered: what a handler works with."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.errors import CallRefused
from gateway.times import parse_time

if TYPE_CHECKING:
    from gateway.link import Link
    from stations.services import Admission


HIGHEST_PLACE = 32_767


class Exchange:
    """A CALL: who sent it, when it came, and what was mended in it."""

    __slots__ = ("action", "length", "link", "received_at", "repairs")

    def __init__(self, link: "Link", action: str, length: int, received_at: datetime, repairs: list[str]) -> None:
        self.link = link
        self.action = action
        self.length = length
        """Of the frame, in characters."""
        self.received_at = received_at
        self.repairs = repairs

    @property
    def station(self) -> "Admission":
        return self.link.admission

    def parse_time(self, text: str | None) -> datetime:
        """The moment the station means, in UTC; see gateway/times.py."""
        return parse_time(
            text, zone_name=self.link.admission.time_zone, received_at=self.received_at, repairs=self.repairs
        )

    def repair(self, name: str) -> None:
        self.repairs.append(name)

    def place(self, number: int) -> int:
        """The number of an EVSE or connector, if it can be one: what we could not keep is refused, not forgotten."""
        if not 0 <= number <= HIGHEST_PLACE:
            raise CallRefused("PropertyConstraintViolation", f"There is no EVSE or connector {number}.")
        return number


def now() -> datetime:
    return datetime.now(UTC)
