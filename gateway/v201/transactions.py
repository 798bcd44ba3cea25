"""OCPP 2.0.1 block E: transactions, by TransactionEvent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import ChargingStateEnumType, TransactionEventEnumType

from charging import services as charging
from charging.reports import (
    EndReport,
    EventPlace,
    OngoingSession,
    Outcome,
    ReadingBatch,
    Samples,
    StartReport,
    UpdateReport,
)
from charging.states import SessionStatus
from drivers.tokens import PresentedToken
from gateway.errors import CallRefused
from gateway.exchange import HIGHEST_PLACE, Exchange
from gateway.threads import in_thread
from gateway.units import samples_of_v2
from gateway.v201.authorization import id_token_info, presented
from gateway.v201.routes import on
from stations.repairs import Repair
from stations.reports import StatusReport
from stations.states import ConnectorStatus

LARGEST_SEQUENCE_NUMBER = 2**63

STATUSES: dict[str | None, SessionStatus] = {
    ChargingStateEnumType.charging: SessionStatus.CHARGING,
    ChargingStateEnumType.ev_connected: SessionStatus.PREPARING,
    ChargingStateEnumType.suspended_ev: SessionStatus.SUSPENDED_EV,
    ChargingStateEnumType.suspended_evse: SessionStatus.SUSPENDED_EVSE,
    ChargingStateEnumType.idle: SessionStatus.IDLE,
}
CONNECTOR_STATUSES = {
    SessionStatus.CHARGING: ConnectorStatus.CHARGING,
    SessionStatus.PREPARING: ConnectorStatus.PREPARING,
    SessionStatus.SUSPENDED_EV: ConnectorStatus.SUSPENDED_EV,
    SessionStatus.SUSPENDED_EVSE: ConnectorStatus.SUSPENDED_EVSE,
    SessionStatus.IDLE: ConnectorStatus.FINISHING,
}
# These are true even if the station has not said that the connector is occupied.
ENERGISED = frozenset({ConnectorStatus.CHARGING, ConnectorStatus.SUSPENDED_EV, ConnectorStatus.SUSPENDED_EVSE})


@dataclass(frozen=True, slots=True)
class Event:
    """A TransactionEvent, read."""

    transaction_id: str
    at: datetime
    place: EventPlace
    samples: Samples
    status: SessionStatus | None
    token: PresentedToken | None
    evse_number: int | None
    connector_number: int | None
    reservation_id: int | None
    remote_start_id: int | None
    stopped_reason: str


@on("TransactionEvent")
async def on_transaction_event(
    exchange: Exchange,
    *,
    event_type: str,
    transaction_info: Mapping[str, Any],
    timestamp: str | None = None,
    trigger_reason: str = "",
    seq_no: int = -1,
    offline: bool = False,
    id_token: Mapping[str, Any] | None = None,
    evse: Mapping[str, Any] | None = None,
    meter_value: Sequence[Mapping[str, Any]] = (),
    reservation_id: int | None = None,
    **_: Any,
) -> call_result.TransactionEvent:
    """Always answered, also for transactions we do not know and events out of order (J02.FR.19, E02, E04)."""
    if not transaction_info.get("transactionId"):
        # Without a name two cars would become one session.
        raise CallRefused("OccurrenceConstraintViolation", "transactionInfo has no transactionId.")
    at = exchange.parse_time(timestamp)
    event = Event(
        transaction_id=transaction_info["transactionId"],
        at=at,
        place=EventPlace(_sequence_number(exchange, seq_no), event_type, trigger_reason[:40], at, offline),
        samples=samples_of_v2(meter_value, exchange),
        status=STATUSES.get(transaction_info.get("chargingState")),
        token=presented(id_token),
        evse_number=_placeable(exchange, evse.get("id")) if evse else None,
        connector_number=_placeable(exchange, evse.get("connectorId")) if evse else None,
        reservation_id=reservation_id,
        remote_start_id=transaction_info.get("remoteStartId"),
        stopped_reason=transaction_info.get("stoppedReason", "Local"),
    )
    if event_type == TransactionEventEnumType.updated:
        known = await exchange.link.sessions.get(event.transaction_id)
        if known is not None and _brings_only_readings(event, known):
            await _commit_readings(exchange, event, known)
            return call_result.TransactionEvent()
    outcome = await in_thread(_report)(event_type, event, exchange.station.station_id, exchange.received_at)
    exchange.link.sessions.take(outcome)
    await _follow(exchange, event, outcome)
    if outcome.authorization is None:
        return call_result.TransactionEvent()
    return call_result.TransactionEvent(id_token_info=id_token_info(outcome.authorization))


def _sequence_number(exchange: Exchange, seq_no: int) -> int:
    """-1 where there is none that we can keep."""
    if seq_no < LARGEST_SEQUENCE_NUMBER:
        return max(seq_no, -1)
    exchange.repair(Repair.NUMBER_TOO_LARGE)
    return -1


def _placeable(exchange: Exchange, number: int | None) -> int | None:
    """An event is kept also when its place cannot be: it may carry energy. EVSE 0 is no place of a transaction."""
    if not number or 0 < number <= HIGHEST_PLACE:
        return number or None
    exchange.repair(Repair.NUMBER_TOO_LARGE)
    return None


def _brings_only_readings(event: Event, known: OngoingSession) -> bool:
    """A periodic update: nothing in it changes the session but its meter. It takes the short way."""
    return (
        event.token is None
        and event.status in (None, known.status)
        and (event.evse_number is None or event.evse_number == known.evse_number)
        and event.remote_start_id is None
        and event.reservation_id is None
        and event.place.sequence_number >= 0
    )


async def _commit_readings(exchange: Exchange, event: Event, known: OngoingSession) -> None:
    await exchange.link.gateway.ingest.commit(
        ReadingBatch(
            station_id=exchange.station.station_id,
            evse_number=known.evse_number or 0,
            session_id=known.session_id,
            samples=event.samples,
            received_at=exchange.received_at,
            place=event.place,
        )
    )


async def _follow(exchange: Exchange, event: Event, outcome: Outcome) -> None:
    """A connector that is only Occupied is shown as what its transaction says. Old events say nothing of now."""
    evse_number = event.evse_number or (outcome.session.evse_number if outcome.session else None)
    status = await _shown(exchange, event, outcome, evse_number)
    if status is None or evse_number is None or event.place.is_offline:
        return
    await exchange.link.gateway.ingest.commit(
        StatusReport(
            station_id=exchange.station.station_id,
            evse_number=evse_number,
            connector_number=event.connector_number or 1,
            status=status,
            reported_at=event.at,
            received_at=exchange.received_at,
            only_if_occupied=status not in ENERGISED,
        )
    )


async def _shown(exchange: Exchange, event: Event, outcome: Outcome, evse_number: int | None) -> ConnectorStatus | None:
    """What the connector is while this is the newest of its session; None if the event tells nothing of it."""
    if not outcome.is_ended:
        return None if event.status is None else CONNECTOR_STATUSES[event.status]
    has_next = evse_number is not None and await exchange.link.sessions.at_evse(evse_number) is not None
    return None if has_next or event.place.type != TransactionEventEnumType.ended else ConnectorStatus.FINISHING


def _report(event_type: str, event: Event, station_id: int, received_at: datetime) -> Outcome:
    common: dict[str, Any] = {
        "station_id": station_id,
        "transaction_id": event.transaction_id,
        "at": event.at,
        "received_at": received_at,
        "evse_number": event.evse_number,
        "connector_number": event.connector_number,
        "token": event.token,
        "is_offline": event.place.is_offline,
        "samples": event.samples,
        "place": event.place,
    }
    if event_type == TransactionEventEnumType.ended:
        return charging.end_session(EndReport(**common, reason=event.stopped_reason))
    common |= {"reservation_id": event.reservation_id, "remote_start_id": event.remote_start_id}
    if event_type == TransactionEventEnumType.started:
        return charging.start_session(StartReport(**common, status=event.status or SessionStatus.PREPARING))
    return charging.update_session(UpdateReport(**common, status=event.status))
