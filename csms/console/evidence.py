"""The evidence of an anomaly in words: names without underscores, kWh, local times, readings as a list."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from accounts.console.quantities import exact
from charging.states import UNITS, Measurand, ReadingContext
from csms.console.frames import fields_of

MOST_READINGS = 12
ENDS = frozenset({"after_wh", "ended_at", "meter_stop_wh"})
# Kept so that a repair can be made; nothing that people read.
INTERNAL = frozenset({"token_id", "organization_id"})
WORDS = {
    "energy_wh": "Energy",
    "evse_number": "EVSE",
    "is_offline": "Told from offline",
    "meter_start_wh": "Register at the start",
    "meter_stop_wh": "Register at the end",
    "next_session": "Next session, no.",
    "other_session": "Other session, no.",
    "replaces_repair": "Instead of a repair by staff",
    "time_text": "Time, as it was written",
    "transaction_id": "Transaction",
}

Pair = tuple[str, str]


def evidence_of(evidence: Mapping[str, Any], zone: str) -> list[Pair]:
    """Each as name and value, without what was not told. The database keeps no order: what came last is last."""
    kept = sorted(evidence.items(), key=lambda item: item[0] in ENDS)
    return [pair for name, value in kept if name not in INTERNAL for pair in _told(name, value, zone)]


def _told(name: str, value: Any, zone: str) -> Iterator[Pair]:
    if value in (None, "", []):
        return
    if name == "samples":
        yield from _readings(value, zone)
    elif name == "signed":
        yield "Signed values", str(len(value))
    elif isinstance(value, dict | list):
        yield from fields_of(value, words(name))
    else:
        yield words(name), _said(name, value, zone)


def words(name: str) -> str:
    """``first_reading_at``: First reading."""
    return WORDS.get(name) or name.removesuffix("_at").removesuffix("_wh").replace("_", " ").capitalize()


def _said(name: str, value: Any, zone: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_wh") and isinstance(value, int | float):
        return f"{value / 1000:.3f} kWh"
    at = None if name == "time_text" else _time(value)
    return exact(at, zone) if at is not None else str(value)


def _time(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo is not None else None


def _readings(samples: list[list[Any]], zone: str) -> Iterator[Pair]:
    for at, measurand, _, _, context, value in samples[:MOST_READINGS]:
        kind = Measurand(measurand)
        when = datetime.fromisoformat(at)
        unit = UNITS.get(kind, "")
        yield exact(when, zone), f"{kind.label} {value:.15g} {unit}, {ReadingContext(context).label}"
    if len(samples) > MOST_READINGS:
        yield "More readings", str(len(samples) - MOST_READINGS)
