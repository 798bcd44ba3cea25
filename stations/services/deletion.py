"""Deleting stations, also those that talk."""

from django.db import transaction
from django.db.models import QuerySet

from stations.models import ChargingStation, Connector, Evse


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
    ChargingStation.objects.filter(pk__in=[station.pk for station in locked]).delete()
    return len(locked)
