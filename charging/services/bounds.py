"""Numbers that no station can mean. Left out of a report, because one that fails is sent again for ever."""

from dataclasses import replace
from typing import Any, TypeVar

from charging.readings import ABSURD
from charging.reports import EndReport, StartReport, UpdateReport

ReportT = TypeVar("ReportT", StartReport, UpdateReport, EndReport)

# What our columns hold. EVSE and connector 0 mean the whole station: for a session that is no place.
BOUNDS: dict[str, tuple[float, float]] = {
    "evse_number": (1, 32_767),
    "connector_number": (1, 32_767),
    "meter_wh": (-ABSURD, ABSURD),
    "reservation_id": (-(2**63), 2**63 - 1),
    "remote_start_id": (-(2**63), 2**63 - 1),
}


def within_bounds(report: ReportT) -> ReportT:
    absurd: dict[str, Any] = {name: None for name in BOUNDS if not _fits(name, getattr(report, name, None))}
    return replace(report, **absurd) if absurd else report


def _fits(name: str, value: int | None) -> bool:
    lowest, highest = BOUNDS[name]
    return value is None or lowest <= value <= highest
