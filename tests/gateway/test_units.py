"""Values of all units and versions in base units (quirks F, C51; standards §7.4)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from charging.states import Measurand, Phase
from gateway.units import base_value, samples_of_v2, samples_of_v16
from stations.repairs import Repair

MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Reader:
    """Reads times as an exchange does."""

    def __init__(self) -> None:
        self.repairs: list[str] = []

    def parse_time(self, text: str | None) -> datetime:
        return MOMENT


ENERGY, POWER = Measurand.ENERGY_IMPORT_REGISTER, Measurand.POWER_IMPORT
UNITS: list[tuple[Measurand, float, str | None, int, float | None]] = [
    (ENERGY, 1.5, "kWh", 0, 1500),
    (ENERGY, 1500, "Wh", 0, 1500),
    (ENERGY, 1500, None, 0, 1500),
    (ENERGY, 1500, "", 0, 1500),
    (ENERGY, 2, "MWh", 0, 2_000_000),
    (ENERGY, 15, "Wh", 2, 1500),
    (ENERGY, 15, "kWh", -3, 15),
    (ENERGY, 1, "Wh", 400, 1e300),
    (ENERGY, 1e10, "Wh", 400, None),
    (ENERGY, 1, "Wh", -400, 1e-300),
    (ENERGY, 1, "W", 0, None),
    (ENERGY, 1, "bananas", 0, None),
    (POWER, 22, "kW", 0, 22_000),
    (POWER, 22, "kVA", 0, 22_000),
    (POWER, 1, "Wh", 0, None),
    (Measurand.CURRENT_IMPORT, 16_000, "mA", 0, 16),
    (Measurand.VOLTAGE, 0.4, "kV", 0, 400),
    (Measurand.TEMPERATURE, 50, "Fahrenheit", 0, 10),
    (Measurand.TEMPERATURE, 283.15, "K", 0, 10),
    (Measurand.TEMPERATURE, 10, "Celcius", 0, 10),
    (Measurand.SOC, 80, "Percent", 0, 80),
]


@pytest.mark.parametrize(("measurand", "value", "unit", "multiplier", "expected"), UNITS)
def test_base_units(
    measurand: Measurand, value: float, unit: str | None, multiplier: int, expected: float | None
) -> None:
    assert base_value(measurand, value, unit, multiplier) == (None if expected is None else pytest.approx(expected))


V16: list[tuple[dict[str, Any], float | None, list[Repair]]] = [
    ({"value": "1500"}, 1500, []),
    ({"value": "1,5", "unit": "kWh"}, 1500, [Repair.DECIMAL_COMMA]),
    ({"value": "1.5e3"}, 1500, []),
    ({"value": ""}, None, [Repair.VALUE_UNREADABLE]),
    ({}, None, [Repair.VALUE_UNREADABLE]),
    ({"value": "NaN"}, None, [Repair.VALUE_UNREADABLE]),
    ({"value": "-inf"}, None, [Repair.VALUE_UNREADABLE]),
    ({"value": "1e999"}, None, [Repair.VALUE_UNREADABLE]),
    ({"value": "1.500,25"}, None, [Repair.VALUE_UNREADABLE]),
    ({"value": "50", "unit": "Hz"}, None, [Repair.UNIT_UNKNOWN]),
]


@pytest.mark.parametrize(("sampled", "value", "repairs"), V16)
def test_values_of_1_6(sampled: dict[str, Any], value: float | None, repairs: list[Repair]) -> None:
    reader = Reader()
    samples = samples_of_v16([{"timestamp": "x", "sampledValue": [sampled]}], reader)
    assert [sample.value for sample in samples.plain] == ([] if value is None else [value])
    assert reader.repairs == repairs


def test_defaults_of_1_6_and_signed_data() -> None:
    """Rule 57; quirks F102: signed data is kept byte for byte, also where a number belongs."""
    reader = Reader()
    signed = ["OCMF|{}|{}", '{"a":1}', "<x/>"]
    sampled = [{"value": "1"}, *({"value": text} for text in signed), {"value": "00ff", "format": "SignedData"}]
    samples = samples_of_v16([{"sampledValue": sampled}], reader)
    assert [(sample.measurand, sample.phase) for sample in samples.plain] == [(ENERGY, Phase.TOTAL)]
    assert [sample.data for sample in samples.signed] == [*signed, "00ff"]
    assert reader.repairs == [Repair.SIGNED_DATA_MISPLACED] * 3


def test_values_of_2_x() -> None:
    reader = Reader()
    sampled = [
        {"value": 15, "unitOfMeasure": {"unit": "Wh", "multiplier": 2}},
        {"value": 1.5, "unitOfMeasure": {"unit": "kWh"}},
        {"value": 1500, "unitOfMeasure": {}},
        {"value": 1500, "signedMeterValue": {"signedMeterData": "x" * 9000}},
    ]
    samples = samples_of_v2([{"sampledValue": sampled}], reader)
    assert [sample.value for sample in samples.plain] == [1500] * 4
    assert [len(sample.data) for sample in samples.signed] == [9000]
    assert reader.repairs == []
