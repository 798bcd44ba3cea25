"""Deleting stations, also those that talk."""

from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from stations.doorbell import close_sockets
from stations.models import ChargingStation, Connector, Evse, StationConnection, StationNote


@transaction.atomic
def delete_stations(stations: QuerySet[ChargingStation]) -> int:
    """Delete stations with all they reported. Returns how many.

    Their rows are locked first: whatever a gateway wants to store for them meanwhile waits for the end of this and then
    finds no station, instead of arriving between the look at what there is to delete and the deletion.
    """
    ids = list(stations.order_by().values_list("pk", flat=True))
    locked = list(ChargingStation.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    evses = Evse.objects.filter(station__in=locked).order_by("pk")
    list(evses.select_for_update(of=("self",)))
    list(Connector.objects.filter(evse__in=evses.values("pk")).order_by("pk").select_for_update(of=("self",)))
    _clear_up(locked)
    ChargingStation.objects.filter(pk__in=[station.pk for station in locked]).delete()
    return len(locked)


def _clear_up(stations: Sequence[ChargingStation]) -> None:
    """What is outside the database goes when they are gone: sockets, and the files of their notes."""
    connections = StationConnection.objects.filter(station__in=stations, closed_at=None)
    held = list(connections.values_list("gateway_id", "station_id", "pk"))
    transaction.on_commit(partial(close_sockets, held))
    for note in StationNote.objects.filter(station__in=stations).exclude(file=""):
        transaction.on_commit(partial(note.file.storage.delete, str(note.file.name)))
