"""Meter values of all versions → samples in base units: Wh, W, A, V, var, %, °C, Hz."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from charging.reports import Sample, Samples, SignedSample
from charging.states import UNITS, Location, Measurand, Phase, ReadingContext
from stations.repairs import Repair


class TimeReader(Protocol):
    """What is needed of an exchange to read meter values."""

    repairs: list[str]

    def parse_time(self, text: str | None) -> datetime: ...


MEASURANDS: dict[str | None, Measurand] = {
    **{measurand.label: measurand for measurand in Measurand},
    None: Measurand.ENERGY_IMPORT_REGISTER,
    # OCPP 2.x spellings that differ from 1.6's.
    "Energy.Active.Setpoint.Interval": Measurand.OTHER,
}
PHASES: dict[str | None, Phase] = {**{phase.label: phase for phase in Phase}, None: Phase.TOTAL}
PHASES |= {"L1-L2": Phase.L1_L2, "L2-L3": Phase.L2_L3, "L3-L1": Phase.L3_L1}
CONTEXTS: dict[str | None, ReadingContext] = {
    **{context.label: context for context in ReadingContext},
    None: ReadingContext.PERIODIC,
}
LOCATIONS: dict[str | None, Location] = {
    **{location.label: location for location in Location},
    None: Location.OUTLET,
}

# Unit as written → (base unit, factor). Fahrenheit and Kelvin are below: they have another zero.
FACTORS: dict[str, tuple[str, float]] = {
    "Wh": ("Wh", 1),
    "kWh": ("Wh", 1000),
    "MWh": ("Wh", 1_000_000),
    "W": ("W", 1),
    "kW": ("W", 1000),
    "VA": ("W", 1),
    "kVA": ("W", 1000),
    "var": ("var", 1),
    "kvar": ("var", 1000),
    "varh": ("varh", 1),
    "kvarh": ("varh", 1000),
    "A": ("A", 1),
    "mA": ("A", 0.001),
    "V": ("V", 1),
    "kV": ("V", 1000),
    "Percent": ("%", 1),
    "%": ("%", 1),
    "Hz": ("Hz", 1),
    "RPM": ("rpm", 1),
    "Celsius": ("°C", 1),
    "Celcius": ("°C", 1),
}


# Of OCMF, and of JSON and XML, in which other signed values are wrapped.
SIGNED_BEGINS = ("O", "{", "<")


class Scale(NamedTuple):
    """From a unit to the base unit: take away the zero, then multiply."""

    factor: float
    zero: float = 0.0


TEMPERATURES = {"Fahrenheit": Scale(1 / 1.8, 32), "K": Scale(1, 273.15)}


UNCHANGED = Scale(1)


class Kind(NamedTuple):
    """What the names of a sampled value mean. No scale if the unit does not fit the measurand."""

    measurand: Measurand
    phase: Phase
    location: Location
    context: ReadingContext
    scale: Scale | None


# A station says the same few things all day: what they mean is looked up once.
@lru_cache(maxsize=4096)
def _meaning(
    measurand: str | None, phase: str | None, location: str | None, context: str | None, unit: str | None
) -> Kind:
    """Defaults where a property is absent: standards §7.4 rule 57."""
    meant = MEASURANDS.get(measurand, Measurand.OTHER)
    return Kind(
        meant,
        PHASES.get(phase, Phase.TOTAL),
        LOCATIONS.get(location, Location.OUTLET),
        CONTEXTS.get(context, ReadingContext.OTHER),
        _scale(meant, unit),
    )


def _scale(measurand: Measurand, unit: str | None) -> Scale | None:
    base = UNITS[measurand]
    if not unit or not base or unit == base:
        return UNCHANGED
    if base == "°C" and unit in TEMPERATURES:
        return TEMPERATURES[unit]
    known = FACTORS.get(unit)
    return Scale(known[1]) if known is not None and known[0] == base else None


def base_value(measurand: Measurand, value: float, unit: str | None, multiplier: int = 0) -> float | None:
    """The value in the measurand's base unit; None if the unit does not fit (then the value means nothing)."""
    return _scaled(value, _scale(measurand, unit), multiplier)


def _scaled(value: float, scale: Scale | None, multiplier: int) -> float | None:
    if scale is None:
        return None
    if multiplier:
        # Outside of this range nothing is left of a value, or too much for a number.
        value *= 10.0 ** max(-300, min(multiplier, 300))
    factor, zero = scale
    scaled = (value - zero) * factor
    return scaled if math.isfinite(scaled) else None


def samples_of_v16(meter_values: Iterable[Mapping[str, Any]], exchange: TimeReader) -> Samples:
    """OCPP 1.6 §7 MeterValue."""
    plain: list[Sample] = []
    signed: list[SignedSample] = []
    for meter_value in meter_values:
        at = exchange.parse_time(meter_value.get("timestamp"))
        for sampled in meter_value.get("sampledValue", ()):
            if _is_signed(sampled, exchange):
                context = CONTEXTS.get(sampled.get("context"), ReadingContext.OTHER)
                signed.append(SignedSample(at, context, str(sampled.get("value", ""))))
            elif (sample := _sample(sampled, at, sampled.get("unit"), 0, exchange)) is not None:
                plain.append(sample)
    return Samples(tuple(plain), tuple(signed))


def _is_signed(sampled: Mapping[str, Any], exchange: TimeReader) -> bool:
    """Some stations put signed data into an ordinary value."""
    if sampled.get("format") == "SignedData":
        return True
    value = sampled.get("value")
    if isinstance(value, str) and value[:1] in SIGNED_BEGINS and value.startswith(("OCMF|", "{", "<")):
        exchange.repairs.append(Repair.SIGNED_DATA_MISPLACED)
        return True
    return False


def samples_of_v2(meter_values: Iterable[Mapping[str, Any]], exchange: TimeReader) -> Samples:
    """OCPP 2.0.1 and 2.1 MeterValueType: numbers, a unit and a power of ten."""
    plain: list[Sample] = []
    signed: list[SignedSample] = []
    for meter_value in meter_values:
        at = exchange.parse_time(meter_value.get("timestamp"))
        for sampled in meter_value.get("sampledValue", ()):
            if "signedMeterValue" in sampled:
                signed.append(_signed_v2(sampled, at))
            unit = sampled.get("unitOfMeasure")
            name, multiplier = (unit.get("unit"), unit.get("multiplier", 0)) if unit else (None, 0)
            sample = _sample(sampled, at, name, multiplier, exchange)
            if sample is not None:
                plain.append(sample)
    return Samples(tuple(plain), tuple(signed))


def _signed_v2(sampled: Mapping[str, Any], at: datetime) -> SignedSample:
    value = sampled["signedMeterValue"]
    return SignedSample(
        at,
        CONTEXTS.get(sampled.get("context"), ReadingContext.OTHER),
        value["signedMeterData"],
        value.get("encodingMethod", ""),
        value.get("signingMethod", ""),
        value.get("publicKey", ""),
    )


def _sample(
    sampled: Mapping[str, Any], at: datetime, unit: str | None, multiplier: int, exchange: TimeReader
) -> Sample | None:
    get = sampled.get
    measurand, phase, location, context, scale = _meaning(
        get("measurand"), get("phase"), get("location"), get("context"), unit
    )
    try:
        number = float(sampled["value"])
    except (KeyError, TypeError, ValueError):
        number = _with_decimal_comma(get("value"), exchange.repairs)
    if not math.isfinite(number):
        exchange.repairs.append(Repair.VALUE_UNREADABLE)
        return None
    value = _scaled(number, scale, multiplier) if multiplier or scale is not UNCHANGED else number
    if value is None:
        exchange.repairs.append(Repair.UNIT_UNKNOWN)
        return None
    return Sample(at, measurand, value, phase, location, context)


def _with_decimal_comma(value: Any, repairs: list[str]) -> float:
    """NaN if the value is no number at all."""
    try:
        number = float(str(value).replace(",", "."))
    except ValueError:
        return math.nan
    repairs.append(Repair.DECIMAL_COMMA)
    return number
