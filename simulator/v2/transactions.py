"""OCPP 2.x block E: TransactionEvent and GetTransactionStatus."""

from datetime import datetime
from typing import TYPE_CHECKING

from simulator.authorization import Token
from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.evse import Evse
from simulator.meter import Reading
from simulator.states import ReadingContext, StopReason, Trigger
from simulator.transaction import Transaction
from simulator.transaction_queue import TransactionMessage
from simulator.v2.authorization import id_token
from simulator.v2.metering import meter_value

if TYPE_CHECKING:
    from simulator.charger import Charger

REASONS = {
    StopReason.SOFT_RESET: "ImmediateReset",
    StopReason.UNLOCK_COMMAND: "Other",
}
PLACE_TRIGGERS = frozenset({Trigger.CABLE_PLUGGED_IN, Trigger.AUTHORIZED, Trigger.REMOTE_START})


def started(charger: "Charger", evse: Evse, transaction: Transaction, trigger: Trigger) -> TransactionMessage:
    payload = _event(charger, transaction, "Started", trigger, transaction.started_at)
    payload["evse"] = _place(transaction)
    payload["transactionInfo"]["chargingState"] = evse.charging_state.value
    if transaction.reservation_id is not None:
        payload["reservationId"] = transaction.reservation_id
    _add_values(charger, payload, transaction.begin_readings, ReadingContext.TRANSACTION_BEGIN, transaction.started_at)
    return _message(charger, evse, transaction, payload, transaction.token)


def updated(
    charger: "Charger", evse: Evse, transaction: Transaction, trigger: Trigger, token: Token | None
) -> TransactionMessage:
    transaction.remote_start_id = evse.remote_start_id or transaction.remote_start_id
    payload = _event(charger, transaction, "Updated", trigger, charger.clock.now())
    payload["transactionInfo"]["chargingState"] = evse.charging_state.value
    if trigger in PLACE_TRIGGERS:
        payload["evse"] = _place(transaction)
    return _message(charger, evse, transaction, payload, token)


def sampled(
    charger: "Charger", transaction: Transaction, readings: list[Reading], context: ReadingContext, at: datetime
) -> TransactionMessage:
    triggers = {ReadingContext.CLOCK: Trigger.METER_VALUE_CLOCK, ReadingContext.TRIGGER: Trigger.TRIGGER}
    trigger = triggers.get(context, Trigger.METER_VALUE_PERIODIC)
    payload = _event(charger, transaction, "Updated", trigger, at)
    _add_values(charger, payload, readings, context, at)
    return TransactionMessage("TransactionEvent", lambda: payload)


def ended(
    charger: "Charger", evse: Evse, transaction: Transaction, trigger: Trigger, token: Token | None
) -> TransactionMessage:
    now = charger.clock.now()
    reason = transaction.stop_reason or StopReason.LOCAL
    payload = _event(charger, transaction, "Ended", trigger, now)
    payload["transactionInfo"] |= {
        "stoppedReason": REASONS.get(reason, reason.value),
        "timeSpentCharging": int(transaction.charging_seconds),
    }
    readings = evse.meter.readings(evse.flow(), charger.settings.ended_measurands)
    _add_values(charger, payload, readings, ReadingContext.TRANSACTION_END, now)
    if token:
        payload["idToken"] = id_token(token)
    return TransactionMessage("TransactionEvent", lambda: payload)


def get_transaction_status(charger: "Charger", payload: Payload) -> Payload:
    """Without an id only the queue is asked for (E14)."""
    answer: Payload = {"messagesInQueue": len(charger.queue) > 0}
    if wanted := payload.get("transactionId"):
        answer["ongoingIndicator"] = any(evse.transaction_id == wanted for evse in charger.evse_list)
    return answer


def _event(charger: "Charger", transaction: Transaction, kind: str, trigger: Trigger, at: datetime) -> Payload:
    info: Payload = {"transactionId": str(transaction.id)}
    if transaction.remote_start_id is not None:
        info["remoteStartId"] = transaction.remote_start_id
    payload: Payload = {
        "eventType": kind,
        "timestamp": charger.timestamp(at),
        "triggerReason": trigger.value,
        "seqNo": transaction.next_seq_no(),
        "transactionInfo": info,
    }
    if not charger.is_connected:
        payload["offline"] = True
    return payload


def _message(
    charger: "Charger", evse: Evse, transaction: Transaction, payload: Payload, token: Token | None
) -> TransactionMessage:
    """With a token in it, the answer says whether the token is (still) good."""
    if token:
        payload["idToken"] = id_token(token)

    def learn(answer: Payload) -> None:
        info = answer.get("idTokenInfo")
        if token is None or not info:
            return
        authorization = charger.dialect.read_authorization(info)
        transaction.is_refused = not authorization.is_accepted
        if charger.settings.uses_cache:
            charger.memory.remember(token, authorization)
        if evse.transaction is transaction and evse.token and authorization.is_accepted:
            evse.authorization = authorization
        if transaction.is_refused and message.attempted.is_set():
            charger.spawn(charger.flow.stop_refused(evse, transaction))

    message = TransactionMessage("TransactionEvent", lambda: payload, learn)
    return message


def _place(transaction: Transaction) -> Payload:
    return {"id": transaction.evse, "connectorId": transaction.connector}


def _add_values(
    charger: "Charger", payload: Payload, readings: list[Reading], context: ReadingContext, at: datetime
) -> None:
    if readings:
        payload["meterValue"] = [meter_value(readings, context, charger.timestamp(at))]


HANDLERS: dict[str, Handler] = {"GetTransactionStatus": get_transaction_status}
