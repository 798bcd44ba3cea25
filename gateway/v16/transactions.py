"""OCPP 1.6 §4.8 Start Transaction, §4.10 Stop Transaction."""

from datetime import datetime
from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo

from charging import services as charging
from charging.reports import EndReport, Samples, StartReport
from gateway.exchange import Exchange
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.units import samples_of_v16
from gateway.v16.authorization import id_tag_info, presented
from gateway.v16.routes import on
from stations.repairs import Repair


@on("StartTransaction")
async def on_start_transaction(
    exchange: Exchange,
    *,
    connector_id: int,
    id_tag: str = "",
    meter_start: int | None = None,
    timestamp: str | None = None,
    reservation_id: int | None = None,
    **_: Any,
) -> call_result.StartTransaction:
    """Always answered with a transaction id, even for a refused token: energy may already flow (§4.8)."""
    at, time_text = time_of(exchange, timestamp)
    outcome = await in_thread(charging.start_session)(
        StartReport(
            station_id=exchange.station.station_id,
            evse_number=connector_id,
            connector_number=1,
            token=presented(exchange, id_tag),
            at=at,
            received_at=exchange.received_at,
            time_text=time_text,
            meter_wh=meter_start,
            reservation_id=known_reservation_id(exchange, reservation_id),
        )
    )
    exchange.link.sessions.take(outcome)
    if outcome.session is None or outcome.authorization is None:
        raise RuntimeError("A StartTransaction always opens a session.")
    return call_result.StartTransaction(
        transaction_id=int(outcome.session.transaction_id), id_tag_info=id_tag_info(outcome.authorization)
    )


@on("StopTransaction")
async def on_stop_transaction(
    exchange: Exchange,
    *,
    transaction_id: int | None = None,
    meter_stop: int | None = None,
    timestamp: str | None = None,
    id_tag: str | None = None,
    reason: str = "Local",
    transaction_data: list[dict[str, Any]] | None = None,
    **_: Any,
) -> call_result.StopTransaction:
    """Always confirmed, whatever is wrong with it: a refused stop is sent for ever (errata §3.18)."""
    at, time_text = time_of(exchange, timestamp)
    outcome = await in_thread(charging.end_session)(
        EndReport(
            station_id=exchange.station.station_id,
            transaction_id=known_transaction_id(exchange, transaction_id),
            token=presented(exchange, id_tag) if id_tag else None,
            at=at,
            received_at=exchange.received_at,
            time_text=time_text,
            meter_wh=meter_stop,
            reason=reason,
            samples=samples_of_v16(transaction_data, exchange) if transaction_data else Samples(),
            uses_our_ids=True,
        )
    )
    exchange.link.sessions.take(outcome)
    info: IdTagInfo | None = id_tag_info(outcome.authorization) if outcome.authorization else None
    return call_result.StopTransaction(id_tag_info=info)


def time_of(exchange: Exchange, timestamp: str | None) -> tuple[datetime, str | None]:
    """When it happened, and what the station wrote of it; without that, the very moment of receipt and None."""
    was_mended = Repair.TIME_MISSING in exchange.repairs and timestamp == format_time(exchange.received_at)
    return (exchange.received_at, None) if was_mended else (exchange.parse_time(timestamp), timestamp)


def known_reservation_id(exchange: Exchange, reservation_id: int | None) -> int | None:
    """We give positive ids; stations say 0 or -1 where they mean none."""
    if reservation_id is not None and reservation_id <= 0:
        exchange.repair(Repair.RESERVATION_ID_NONE)
        return None
    return reservation_id


def known_transaction_id(exchange: Exchange, transaction_id: int | None) -> str | None:
    """Ids of 0 or less mean that the station never got one from us (errata: -1; in the field 0 and others)."""
    if transaction_id is not None and transaction_id <= 0:
        exchange.repair(Repair.TRANSACTION_ID_NONE)
        return None
    return None if transaction_id is None else str(transaction_id)
