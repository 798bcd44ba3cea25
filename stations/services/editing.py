"""Staff, or a program, set a station up."""

from collections.abc import Collection

from django.db import transaction

from stations.models import ChargingStation
from stations.services.connections import disconnect_station

DECIDES_ABOUT_CONNECTION = frozenset({"identity", "is_enabled", "security_profile", "unnamed_version"})


@transaction.atomic
def save_station(station: ChargingStation, *, changed: Collection[str]) -> None:
    """A connection that would not be accepted now is closed; the station tries again by itself."""
    station.save(update_fields=list(changed))
    if not DECIDES_ABOUT_CONNECTION.isdisjoint(changed):
        disconnect_station(station, reason="closed because its settings changed")
