"""What is put right in a payload because of what the vendor profiles tell of the station (stations/traits.py).

Only stations with such a trait come here: for all others ``corrections_of`` is empty, and nothing is looked at.
"""

from collections.abc import Callable, Iterator, Set
from typing import Any

from stations.repairs import Repair
from stations.states import OcppVersion
from stations.traits import Trait

Payload = dict[str, Any]
Correction = Callable[[Payload], bool]

REGISTER = "Energy.Active.Import.Register"


def corrections_of(traits: Set[str], version: OcppVersion) -> tuple[tuple[Correction, Repair], ...]:
    """Units and tokens have this shape in OCPP 1.6 only."""
    return tuple(
        known
        for trait, known in CORRECTIONS.items()
        if trait in traits and (version == OcppVersion.V16 or trait == Trait.LOCAL_TIME)
    )


def correct(corrections: tuple[tuple[Correction, Repair], ...], payload: Payload, repairs: list[str]) -> None:
    for correction, repair in corrections:
        if correction(payload):
            repairs.append(repair)


def _token_without_suffix(payload: Payload) -> bool:
    """KEBA masters write ``<token>_<serial number of the charger>``."""
    told = payload.get("idTag")
    if not isinstance(told, str) or "_" not in told:
        return False
    payload["idTag"] = told.rpartition("_")[0]
    return True


def _times_without_zone(payload: Payload) -> bool:
    """Without the Z that is not true; gateway/times.py then takes the time as the site's."""
    changed = False
    for each in _objects(payload):
        told = each.get("timestamp")
        if isinstance(told, str) and told[-1:] in {"Z", "z"}:
            each["timestamp"] = told[:-1]
            changed = True
    return changed


def _energy_in_kwh(payload: Payload) -> bool:
    changed = False
    for each in _objects(payload):
        if "value" in each and "unit" not in each and each.get("measurand", REGISTER).startswith("Energy.Active."):
            each["unit"] = "kWh"
            changed = True
    return changed


def _objects(value: Any) -> Iterator[Payload]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


CORRECTIONS: dict[str, tuple[Correction, Repair]] = {
    Trait.TOKEN_SUFFIX: (_token_without_suffix, Repair.TOKEN_SUFFIX),
    Trait.LOCAL_TIME: (_times_without_zone, Repair.TIME_OF_SITE),
    Trait.KWH_WITHOUT_UNIT: (_energy_in_kwh, Repair.UNIT_ASSUMED),
}
