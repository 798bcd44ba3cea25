"""The EVSEs and connectors a station reports: OCPP 2.x by its device model, OCPP 1.6 by a number; both by statuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Lower

from stations.connector_types import OF_PHASES, ConnectorType
from stations.hardware import ConnectorPart, EvsePart, Place
from stations.models import ChargingStation, Connector, Variable
from stations.models.variable import AttributeType

HARDWARE = ("evse", "connector")
MOST_REPORTED = 200
TYPES = {value.casefold(): value for value in ConnectorType.values}
WATTS = {"": 1, "w": 1, "kw": 1000}


@dataclass(frozen=True, slots=True)
class Reported:
    """One place, in the station's own words. ``max_power_w`` is the limit of EVSE.Power (OCPP 2.0.1 appendix 3.1)."""

    place: Place
    type: str = ""
    phases: str = ""
    max_power_w: int | None = None
    status: str = ""
    """As its last StatusNotification said."""
    status_at: datetime | None = None
    availability: str = ""
    """Its variable AvailabilityState, from the last report."""

    @property
    def known_type(self) -> str:
        return TYPES.get(self.type.casefold(), str(ConnectorType.UNKNOWN))

    @property
    def power_type(self) -> str:
        return str(OF_PHASES.get(self.phases, ""))


def reported_places(station: ChargingStation) -> list[Reported]:
    """In the order of their numbers; of a station that reports absurdly many, the first ones."""
    told = _variables(station)
    seen = {(row.evse.number, row.number): row for row in _seen(station)}
    numbered = [(number, 1) for number in range(1, _number_of_connectors(station) + 1)]
    places = {*told, *seen, *numbered}
    places |= {(evse, 0) for evse, _ in places}
    return [_reported(place, told, seen.get(place)) for place in sorted(places)[:MOST_REPORTED]]


def parts_of(places: Iterable[Reported]) -> list[EvsePart]:
    """What of it we can keep."""
    connectors: dict[int, list[ConnectorPart]] = {}
    power_w: dict[int, int | None] = {}
    for told in places:
        evse, number = told.place
        if number:
            part = ConnectorPart(number=number, type=told.known_type, power_type=told.power_type)
            connectors.setdefault(evse, []).append(part)
        else:
            power_w[evse] = told.max_power_w
    return [
        EvsePart(number=evse, max_power_w=most_w, connectors=tuple(connectors.get(evse, ())))
        for evse, most_w in power_w.items()
    ]


Told = Mapping[Place, Mapping[str, Variable]]


def _variables(station: ChargingStation) -> dict[Place, dict[str, Variable]]:
    """Names have no case (OCPP 2.x ComponentType)."""
    rows = Variable.objects.annotate(kind=Lower("component")).filter(
        station=station, kind__in=HARDWARE, evse_number__gte=1, attribute=AttributeType.ACTUAL, component_instance=""
    )
    found: dict[Place, dict[str, Variable]] = {}
    for row in rows.filter(instance="")[: MOST_REPORTED * 10]:
        place = (row.evse_number or 0, row.connector_number or 0)
        found.setdefault(place, {})[row.name.casefold()] = row
    return found


def _seen(station: ChargingStation) -> list[Connector]:
    rows = Connector.objects.filter(evse__station=station, status_at__isnull=False).select_related("evse")
    return list(rows.order_by("evse__number", "number")[:MOST_REPORTED])


def _number_of_connectors(station: ChargingStation) -> int:
    row = Variable.objects.filter(station=station, component="", name__iexact="NumberOfConnectors").first()
    value = row.value.strip() if row else ""
    return min(int(value), MOST_REPORTED) if value.isascii() and value.isdecimal() and len(value) < 9 else 0


def _reported(place: Place, told: Told, seen: Connector | None) -> Reported:
    """A connector has the phases of its EVSE unless it says otherwise."""
    own, of_evse = told.get(place, {}), told.get((place[0], 0), {})
    return Reported(
        place,
        type=_value(own, "connectortype"),
        phases=_value(own, "supplyphases") or _value(of_evse, "supplyphases"),
        max_power_w=_limit_w(own.get("power")) if not place[1] else None,
        status=seen.status if seen else "",
        status_at=seen.status_at if seen else None,
        availability=_value(own, "availabilitystate"),
    )


def _value(told: Mapping[str, Variable], name: str) -> str:
    return told[name].value.strip() if name in told else ""


def _limit_w(power: Variable | None) -> int | None:
    """In whole watts; a unit that is no power, or a number that is none, says nothing."""
    factor = WATTS.get(power.unit.strip().casefold()) if power else None
    if power is None or factor is None or power.max_limit is None:
        return None
    limit_w = power.max_limit * factor
    return round(limit_w) if 1 <= limit_w <= MOST_W else None


MOST_W = 2_147_483_647
