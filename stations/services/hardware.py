"""Staff say what a station is made of, by hand or by taking over what it reports."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from live.publish import publish
from stations.errors import PlaceInUse
from stations.hardware import ConnectorPart, Difference, EvsePart, Part, Place, differences, name_of, with_connectors
from stations.models import ChargingStation, Connector, Evse


def known_parts(station: ChargingStation) -> list[EvsePart]:
    evses = Evse.objects.filter(station=station).prefetch_related("connectors")
    return [_evse_part(evse) for evse in evses.order_by("number")]


@transaction.atomic
def save_parts(
    *, station: ChargingStation, wanted: Sequence[EvsePart], removed: Collection[Place], by: User
) -> list[Difference]:
    """Returns what changed. What is neither wanted nor removed stays: the station may have reported it meanwhile.

    Raises PlaceInUse, and then nothing is changed: a session says where it was by these numbers.
    """
    locked = ChargingStation.objects.select_for_update(of=("self",)).get(pk=station.pk)
    known = known_parts(locked)
    changes = differences(known, wanted, removed)
    if not changes:
        return []
    gone = with_connectors({change.place for change in changes if change.what == "Removed"}, removed)
    _refuse_used(locked, gone)
    _remove(locked, gone)
    for part in wanted:
        if (part.number, 0) not in gone:
            _save(locked, part, gone)
    publish(f"station:{locked.pk}", kind="status", station=locked.pk)
    publish(f"organization:{locked.organization_id}", kind="station_changed", station=locked.pk)
    told = {f"{change.where}: {change.what}": {"before": change.before, "after": change.after} for change in changes}
    audit.record(actor=by, action="EVSEs changed", target=locked, changes=told)
    return changes


def _evse_part(evse: Evse) -> EvsePart:
    connectors = tuple(
        ConnectorPart(**_values_of(connector, ConnectorPart))
        for connector in sorted(evse.connectors.all(), key=lambda row: row.number)
    )
    return EvsePart(number=evse.number, name=evse.name, max_power_w=evse.max_power_w, connectors=connectors)


def _values_of(row: object, kind: type[Part]) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(kind)}


def _refuse_used(station: ChargingStation, places: Collection[Place]) -> None:
    """A session that did not tell its connector may have been at any of the EVSE."""
    for evse, connector in sorted(places):
        at_connector = Q(connector_number=connector) | Q(connector_number=None) if connector else Q()
        count = station.sessions.filter(at_connector, evse_number=evse).count()
        if count:
            raise PlaceInUse(name_of((evse, connector)), count)


def _remove(station: ChargingStation, places: Collection[Place]) -> None:
    for evse, connector in places:
        if connector:
            Connector.objects.filter(evse__station=station, evse__number=evse, number=connector).delete()
        else:
            Evse.objects.filter(station=station, number=evse).delete()


def _save(station: ChargingStation, part: EvsePart, gone: Collection[Place]) -> None:
    told = {"name": part.name, "max_power_w": part.max_power_w}
    evse, _ = Evse.objects.update_or_create(station=station, number=part.number, defaults=told)
    for connector in part.connectors:
        if (part.number, connector.number) not in gone:
            values = _values_of(connector, ConnectorPart)
            Connector.objects.update_or_create(evse=evse, number=values.pop("number"), defaults=values)
