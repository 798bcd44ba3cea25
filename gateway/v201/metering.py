"""OCPP 2.0.1 block J: meter values outside transactions."""

from collections.abc import Mapping, Sequence
from typing import Any

from ocpp.v201 import call_result

from charging.reports import ReadingBatch
from gateway.exchange import Exchange
from gateway.units import samples_of_v2
from gateway.v201.routes import on


@on("MeterValues")
async def on_meter_values(
    exchange: Exchange, *, evse_id: int = 0, meter_value: Sequence[Mapping[str, Any]] = (), **_: Any
) -> call_result.MeterValues:
    """J01. Values of a transaction come in TransactionEvents; EVSE 0 is the station's own meter."""
    await exchange.link.gateway.ingest.commit(
        ReadingBatch(
            station_id=exchange.station.station_id,
            evse_number=exchange.place(evse_id),
            session_id=None,
            samples=samples_of_v2(meter_value, exchange),
            received_at=exchange.received_at,
        )
    )
    return call_result.MeterValues()
