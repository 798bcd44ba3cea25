"""OCPP 1.6 §4.7 Meter Values."""

from typing import Any

from ocpp.v16 import call_result

from charging import services as charging
from charging.reports import OngoingSession, Outcome, ReadingBatch, Samples
from gateway.exchange import Exchange
from gateway.threads import in_thread
from gateway.units import samples_of_v16
from gateway.v16.routes import on
from gateway.v16.transactions import known_transaction_id


@on("MeterValues")
async def on_meter_values(
    exchange: Exchange,
    *,
    connector_id: int,
    meter_value: list[dict[str, Any]],
    transaction_id: int | None = None,
    **_: Any,
) -> call_result.MeterValues:
    """Connector 0 is the station's own meter and belongs to no session."""
    exchange.place(connector_id)
    samples = samples_of_v16(meter_value, exchange)
    named = known_transaction_id(exchange, transaction_id)
    session = await _session(exchange, connector_id, named, samples)
    if connector_id > 0 and named is not None and session is None:
        placed = await in_thread(charging.place_readings)(
            station_id=exchange.station.station_id,
            evse_number=connector_id,
            transaction_id=named,
            samples=samples,
            received_at=exchange.received_at,
        )
        exchange.link.sessions.take(Outcome(session=placed))
        return call_result.MeterValues()
    await exchange.link.gateway.ingest.commit(
        ReadingBatch(
            station_id=exchange.station.station_id,
            evse_number=connector_id,
            session_id=session.session_id if session else None,
            samples=samples,
            received_at=exchange.received_at,
        )
    )
    return call_result.MeterValues()


async def _session(
    exchange: Exchange, connector_id: int, transaction_id: str | None, samples: Samples
) -> OngoingSession | None:
    """The session named, or without a name the one running at the connector when the values were measured."""
    if connector_id == 0:
        return None
    if transaction_id is not None:
        return await exchange.link.sessions.get(transaction_id)
    session = await exchange.link.sessions.at_evse(connector_id)
    if session is None or any(sample.at < session.started_at for sample in samples.plain):
        return None
    return session
