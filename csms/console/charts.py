"""The curve of a session: power, energy and state of charge over time, few enough points to draw."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import DateTimeField, F, Func, Max, Value
from django.utils import timezone

from charging.models import MeterReading, Session
from charging.states import Measurand, Phase

MAX_POINTS = 400
SHOWN = (Measurand.ENERGY_IMPORT_REGISTER, Measurand.POWER_IMPORT, Measurand.SOC)
MARGIN = timedelta(hours=1)


@dataclass
class Curve:
    """Columns of equal length; None where a station reported nothing."""

    at: list[datetime] = field(default_factory=list)
    power_kw: list[float | None] = field(default_factory=list)
    energy_kwh: list[float | None] = field(default_factory=list)
    soc_percent: list[float | None] = field(default_factory=list)

    def as_json(self, zone: str) -> dict[str, Any]:
        return {
            "zone": zone,
            "at": [at.timestamp() for at in self.at],
            "power_kw": self.power_kw,
            "energy_kwh": self.energy_kwh,
            "soc_percent": self.soc_percent if any(value is not None for value in self.soc_percent) else [],
        }

    def rows(self) -> list[tuple[datetime, float | None, float | None, float | None]]:
        return list(zip(self.at, self.power_kw, self.energy_kwh, self.soc_percent, strict=True))


def curve_of(session: Session, max_points: int = MAX_POINTS) -> Curve:
    """One query. Stations that report power by phase only are summed."""
    values = _binned(session, max_points)
    begin_wh = _begin_wh(session, values)
    curve = Curve()
    tells_power = any(measurand == Measurand.POWER_IMPORT for _, measurand, _ in values)
    derived = {} if tells_power else _power_by_register(values)
    for at in sorted({at for at, _, _ in values}):
        register_wh = values.get((at, Measurand.ENERGY_IMPORT_REGISTER, Phase.TOTAL))
        curve.at.append(at)
        curve.power_kw.append(_kilo(_power_w(values, at) if tells_power else derived.get(at)))
        curve.energy_kwh.append(_kilo(None if register_wh is None else max(register_wh - begin_wh, 0.0)))
        curve.soc_percent.append(values.get((at, Measurand.SOC, Phase.TOTAL)))
    return curve


Values = dict[tuple[datetime, int, int], float]


def _binned(session: Session, max_points: int) -> Values:
    if session.evse_number is None:
        return {}
    until = session.ended_at or timezone.now()
    step = max((until - session.started_at) / max_points, timedelta(seconds=1))
    stride = timedelta(seconds=int(step.total_seconds()))
    bucket = Func(Value(stride), F("at"), Value(session.started_at), function="date_bin", output_field=DateTimeField())
    rows = (
        MeterReading.objects.filter(
            station_id=session.station_id,
            evse_number=session.evse_number,
            at__range=(session.started_at - MARGIN, until + MARGIN),
            session_id=session.pk,
            measurand__in=SHOWN,
        )
        .order_by()
        .annotate(bucket=bucket)
        .values("bucket", "measurand", "phase")
        .annotate(highest=Max("value"))
        .values_list("bucket", "measurand", "phase", "highest")
    )
    return {(at, measurand, phase): value for at, measurand, phase, value in rows}


def _begin_wh(session: Session, values: Values) -> float:
    """Registers count from the session's start or from the meter's first day: quirk of the station."""
    registers = [value for (_, measurand, _), value in values.items() if measurand == Measurand.ENERGY_IMPORT_REGISTER]
    lowest = min(registers, default=0.0)
    begin = session.meter_start_wh
    return float(begin) if begin is not None and begin <= lowest else lowest


def _power_w(values: Values, at: datetime) -> float | None:
    total = values.get((at, Measurand.POWER_IMPORT, Phase.TOTAL))
    if total is not None:
        return total
    phases = [values.get((at, Measurand.POWER_IMPORT, phase)) for phase in (Phase.L1, Phase.L2, Phase.L3)]
    known = [value for value in phases if value is not None]
    return sum(known) if known else None


def _power_by_register(values: Values) -> dict[datetime, float]:
    """The mean power between readings, for stations that tell none."""
    series = sorted(
        (at, value)
        for (at, measurand, phase), value in values.items()
        if (measurand, phase) == (Measurand.ENERGY_IMPORT_REGISTER, Phase.TOTAL)
    )
    return {
        at: max(0.0, value - before) * 3600 / (at - before_at).total_seconds()
        for (before_at, before), (at, value) in pairwise(series)
    }


def _kilo(value: float | None) -> float | None:
    return None if value is None else round(value / 1000, 3)
