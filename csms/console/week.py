"""The last seven days of a station's connection: a strip, and each gap with its length and reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from stations.looks import OFFLINE
from stations.models import ChargingStation, StationConnection

WEEK = timedelta(days=7)
# What the eye can tell apart on a strip; a flapping station has thousands.
MOST_CONNECTIONS = 500
MOST_GAPS = 5


@dataclass(frozen=True)
class Stretch:
    state: str
    begin: datetime
    end: datetime
    reason: str = ""

    @property
    def lasted(self) -> timedelta:
        return self.end - self.begin

    @property
    def share(self) -> int:
        return max(int(self.lasted.total_seconds()), 1)


@dataclass(frozen=True)
class Week:
    stretches: list[Stretch]

    @property
    def gaps(self) -> list[Stretch]:
        """The longest, the newest first."""
        longest = sorted(self._offline, key=lambda gap: gap.lasted, reverse=True)[:MOST_GAPS]
        return sorted(longest, key=lambda gap: gap.begin, reverse=True)

    @property
    def _offline(self) -> list[Stretch]:
        return [stretch for stretch in self.stretches if stretch.state == OFFLINE]

    @property
    def offline(self) -> timedelta:
        return sum((gap.lasted for gap in self._offline), timedelta())

    @property
    def percent_online(self) -> float:
        whole = sum((stretch.lasted for stretch in self.stretches), timedelta())
        return 100 * (1 - self.offline / whole) if whole else 0.0


def week_of(station: ChargingStation) -> Week:
    """One query. Before the first connection of the week it was offline, unless it did not exist yet."""
    now = timezone.now()
    begin = max(now - WEEK, station.created_at)
    rows = StationConnection.objects.filter(Q(closed_at=None) | Q(closed_at__gt=begin), station=station)
    connections = sorted(rows.order_by("-opened_at")[:MOST_CONNECTIONS], key=lambda connection: connection.opened_at)
    stretches: list[Stretch] = []
    if not connections and station.last_seen_at is None:
        return Week([])
    at, reason = begin, ""
    for connection in connections:
        opened, closed = max(connection.opened_at, at), connection.closed_at or _last_sign(station, connection, now)
        if opened > at:
            stretches.append(Stretch(OFFLINE, at, opened, reason))
        if closed > opened:
            stretches.append(Stretch("online", opened, closed))
        at, reason = max(closed, opened), connection.close_told
    if at < now:
        stretches.append(Stretch(OFFLINE, at, now, reason))
    return Week(stretches)


def _last_sign(station: ChargingStation, connection: StationConnection, now: datetime) -> datetime:
    """An open connection of a gateway that died ended when the station was last heard of."""
    is_current = station.is_online and station.connection_id == connection.pk
    return now if is_current else station.last_seen_at or connection.opened_at
