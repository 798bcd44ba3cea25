"""OCPP 1.6 §7.33 MeterValue and §7.43 SampledValue."""

from simulator.connection import Payload
from simulator.meter import Reading
from simulator.states import ReadingContext


def meter_value(readings: list[Reading], context: ReadingContext, timestamp: str) -> Payload:
    return {"timestamp": timestamp, "sampledValue": [_sampled_value(reading, context) for reading in readings]}


def _sampled_value(reading: Reading, context: ReadingContext) -> Payload:
    sampled: Payload = {
        "value": str(reading.value),
        "context": context.value,
        "measurand": reading.measurand,
        "location": reading.location,
        "unit": reading.unit,
    }
    if reading.phase:
        sampled["phase"] = reading.phase
    return sampled
