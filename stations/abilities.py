"""What a station said it can do: one name for the OCPP 1.6 key and the OCPP 2.x variable."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from stations.models import ChargingStation, Variable
from stations.models.variable import AttributeType


@dataclass(frozen=True)
class Ability:
    """``is_limit``: OCPP 2.x tells the number by the variable's largest value, not by its value."""

    key: str
    component: str
    name: str
    instance: str = ""
    is_limit: bool = False


RESERVES_ANY_EVSE = Ability("ReserveConnectorZeroSupported", "ReservationCtrlr", "NonEvseSpecific")


def told(station: ChargingStation, abilities: Iterable[Ability]) -> dict[Ability, str]:
    """What it said of these, as it wrote it; what it never told is missing. One query."""
    wanted = list(abilities)
    named = [_condition(ability) for ability in wanted]
    conditions = named[0]
    for other in named[1:]:
        conditions |= other
    rows = Variable.objects.filter(conditions, station=station, attribute=AttributeType.ACTUAL)
    found = {(row.component.casefold(), row.name.casefold(), row.instance.casefold()): row for row in rows}
    values: dict[Ability, str] = {}
    for ability in wanted:
        old = found.get(("", ability.key.casefold(), ""))
        new = found.get((ability.component.casefold(), ability.name.casefold(), ability.instance.casefold()))
        value = _value(old, is_limit=False) or _value(new, is_limit=ability.is_limit)
        if value:
            values[ability] = value
    return values


def number_told(values: dict[Ability, str], ability: Ability) -> int | None:
    """None where it said nothing, or nothing that is a number."""
    value = values.get(ability, "").strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None


def is_refused(values: dict[Ability, str], ability: Ability) -> bool:
    """Whether it said that it cannot."""
    return values.get(ability, "").strip().casefold() == "false"


def _condition(ability: Ability) -> Q:
    """Names have no case (OCPP 2.x ComponentType)."""
    new = Q(component__iexact=ability.component, name__iexact=ability.name)
    return Q(component="", name__iexact=ability.key) | new


def _value(row: Variable | None, *, is_limit: bool) -> str:
    if row is None:
        return ""
    if is_limit:
        return "" if row.max_limit is None else str(int(row.max_limit))
    return row.value
