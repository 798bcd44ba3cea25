"""The meter of one EVSE: a register that only rises, and what is read from it."""

from collections.abc import Iterator
from dataclasses import dataclass

PHASE_OFFSET_V = {"L1": 0.4, "L2": -0.3, "L3": 0.1}


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value in the base unit of its measurand."""

    measurand: str
    value: float
    unit: str
    phase: str | None = None
    location: str = "Outlet"


@dataclass(slots=True)
class Electrical:
    """What flows at this moment. `phases` is 0 for DC."""

    power_w: float
    offered_w: float
    phases: int
    soc_percent: float | None = None
    dc_voltage_v: float = 400.0


@dataclass(slots=True)
class Meter:
    """`energy_wh` is the lifetime register; the wire gets whole Wh, rounded down like a display."""

    energy_wh: float = 0.0

    @property
    def register_wh(self) -> int:
        # The tiny term undoes binary rounding: 1000 Wh in 60 steps must not read 999.
        return int(self.energy_wh + 1e-6)

    def add(self, energy_wh: float) -> None:
        self.energy_wh += energy_wh

    def readings(self, flow: Electrical, measurands: str) -> list[Reading]:
        """The values of a comma separated list of measurands; those that do not apply are left out."""
        wanted = [name.strip() for name in measurands.split(",") if name.strip()]
        return [reading for name in wanted for reading in self._read(name, flow)]

    def _read(self, measurand: str, flow: Electrical) -> Iterator[Reading]:
        match measurand:
            case "Energy.Active.Import.Register":
                yield Reading(measurand, self.register_wh, "Wh")
            case "Power.Active.Import":
                yield Reading(measurand, round(flow.power_w, 1), "W")
            case "Power.Offered":
                yield Reading(measurand, round(flow.offered_w, 1), "W")
            case "Current.Import":
                yield from _currents(flow)
            case "Voltage":
                yield from _voltages(flow)
            case "SoC":
                if flow.soc_percent is not None:
                    yield Reading(measurand, round(flow.soc_percent, 1), "Percent", location="EV")
            case _:
                return


def _phase_voltage_v(flow: Electrical, phase: str) -> float:
    """230 V, a little off on each phase, sagging by 20 mV for each ampere."""
    ampere = flow.power_w / flow.phases / 230 if flow.phases else 0.0
    return round(230 + PHASE_OFFSET_V[phase] - 0.02 * ampere, 1)


def _phases(flow: Electrical) -> list[str]:
    return ["L1", "L2", "L3"][: flow.phases]


def _currents(flow: Electrical) -> Iterator[Reading]:
    if not flow.phases:
        yield Reading("Current.Import", round(flow.power_w / flow.dc_voltage_v, 2), "A")
    for phase in _phases(flow):
        current_a = flow.power_w / flow.phases / _phase_voltage_v(flow, phase)
        yield Reading("Current.Import", round(current_a, 2), "A", phase)


def _voltages(flow: Electrical) -> Iterator[Reading]:
    if not flow.phases:
        yield Reading("Voltage", round(flow.dc_voltage_v, 1), "V")
    for phase in _phases(flow):
        yield Reading("Voltage", _phase_voltage_v(flow, phase), "V", f"{phase}-N")
