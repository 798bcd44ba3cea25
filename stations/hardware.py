"""What a station is made of, as somebody wants it or as it is kept, and how the two differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple, Self, TypeVar

from stations.connector_types import ConnectorType, PowerType

Place = tuple[int, int]
"""EVSE number, connector number; connector 0 is the EVSE itself."""

HIGHEST_NUMBER = 32_767
MOST_CONNECTORS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is not known is empty, None, or Unknown."""

    number: int

    def completed_by(self, other: Self) -> Self:
        """The other counts where it says something."""
        told = {field.name: getattr(other, field.name) for field in fields(self)}
        return replace(self, **{name: value for name, value in told.items() if value not in NOTHING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorPart(Part):
    type: str = str(ConnectorType.UNKNOWN)
    power_type: str = ""
    max_voltage_v: int | None = None
    max_current_a: int | None = None
    max_power_w: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvsePart(Part):
    name: str = ""
    max_power_w: int | None = None
    connectors: tuple[ConnectorPart, ...] = ()

    def completed_by(self, other: Self) -> Self:
        rated = replace(self, name=other.name or self.name, max_power_w=other.max_power_w or self.max_power_w)
        return replace(rated, connectors=tuple(completed(self.connectors, other.connectors)))


NOTHING = ("", None, str(ConnectorType.UNKNOWN))
PartT = TypeVar("PartT", bound=Part)


class Difference(NamedTuple):
    place: Place
    what: str
    before: str
    after: str

    @property
    def where(self) -> str:
        return name_of(self.place)


def name_of(place: Place) -> str:
    evse, connector = place
    return f"EVSE {evse}, connector {connector}" if connector else f"EVSE {evse}"


def completed(known: Iterable[PartT], told: Iterable[PartT]) -> list[PartT]:
    """All that are in either, in the order of their numbers."""
    parts = {part.number: part for part in known}
    for part in told:
        own = parts.get(part.number)
        parts[part.number] = own.completed_by(part) if own else part
    return [parts[number] for number in sorted(parts)]


def places_of(evses: Iterable[EvsePart]) -> dict[Place, EvsePart | ConnectorPart]:
    found: dict[Place, EvsePart | ConnectorPart] = {}
    for evse in evses:
        found[evse.number, 0] = evse
        found |= {(evse.number, connector.number): connector for connector in evse.connectors}
    return found


def differences(
    known: Sequence[EvsePart], wanted: Sequence[EvsePart], removed: Iterable[Place] = ()
) -> list[Difference]:
    """What would change. What is known and neither wanted nor removed stays as it is."""
    before, after = places_of(known), places_of(wanted)
    gone = with_connectors(before, removed)
    found = []
    for place in sorted(before.keys() | after.keys()):
        if place in gone:
            found.append(Difference(place, "Removed", _described(before[place]), ""))
        elif place not in before:
            found.append(Difference(place, "Added", "", _described(after[place])))
        elif place in after:
            old, new = facts(before[place]), facts(after[place])
            found += [Difference(place, what, old[what], new[what]) for what in new if old[what] != new[what]]
    return found


def with_connectors(known: Iterable[Place], removed: Iterable[Place]) -> set[Place]:
    """An EVSE goes with its connectors."""
    chosen = set(removed)
    return {place for place in known if place in chosen or (place[0], 0) in chosen}


def facts(part: EvsePart | ConnectorPart) -> dict[str, str]:
    """In the words and units of the page."""
    if isinstance(part, EvsePart):
        return {"Name": part.name, "Maximum power": _in(part.max_power_w, "W")}
    return {
        "Type": str(ConnectorType(part.type).label),
        "Supply": str(PowerType(part.power_type).label) if part.power_type else "",
        "Maximum voltage": _in(part.max_voltage_v, "V"),
        "Maximum current": _in(part.max_current_a, "A"),
        "Maximum power": _in(part.max_power_w, "W"),
    }


def _in(value: int | None, unit: str) -> str:
    return "" if value is None else f"{value} {unit}"


def _described(part: EvsePart | ConnectorPart) -> str:
    return ", ".join(text for text in facts(part).values() if text)
