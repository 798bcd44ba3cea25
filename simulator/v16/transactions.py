"""OCPP 1.6 §4.7 MeterValues, §4.8 StartTransaction, §4.10 StopTransaction."""

from datetime import datetime
from typing import TYPE_CHECKING

from simulator.authorization import Token
from simulator.connection import Payload
from simulator.evse import Evse
from simulator.meter import Reading
from simulator.states import ReadingContext, StopReason
from simulator.transaction import Transaction
from simulator.transaction_queue import TransactionMessage
from simulator.v16.metering import meter_value

if TYPE_CHECKING:
    from simulator.charger import Charger

REASONS = {
    StopReason.IMMEDIATE_RESET: "HardReset",
    StopReason.TIMEOUT: "Other",
}
UNKNOWN_ID = -1
"""Sent when the start was never answered (1.6 errata: transaction id unknown to the station)."""


def start(charger: "Charger", evse: Evse, transaction: Transaction) -> TransactionMessage:
    payload: Payload = {
        "connectorId": evse.number,
        "idTag": transaction.token.value if transaction.token else "",
        "meterStart": transaction.meter_start_wh,
        "timestamp": charger.timestamp(transaction.started_at),
    }
    if transaction.reservation_id is not None:
        payload["reservationId"] = transaction.reservation_id

    def learn(answer: Payload) -> None:
        transaction.id = int(answer["transactionId"])
        authorization = charger.dialect.read_authorization(answer["idTagInfo"])
        transaction.is_refused = not authorization.is_accepted
        if transaction.token and charger.settings.uses_cache:
            charger.memory.remember(transaction.token, authorization)
        if evse.transaction is transaction and authorization.is_accepted:
            evse.authorization = authorization
        if transaction.is_refused and message.attempted.is_set():
            charger.spawn(charger.flow.stop_refused(evse, transaction))

    message = TransactionMessage("StartTransaction", lambda: payload, learn)
    return message


def sample(
    charger: "Charger", transaction: Transaction, readings: list[Reading], context: ReadingContext, at: datetime
) -> TransactionMessage:
    value = meter_value(readings, context, charger.timestamp(at))

    def build() -> Payload:
        return {
            "connectorId": transaction.evse,
            "transactionId": _id_of(transaction),
            "meterValue": [value],
        }

    return TransactionMessage("MeterValues", build)


def stop(charger: "Charger", evse: Evse, transaction: Transaction, token: Token | None) -> TransactionMessage:
    reason = transaction.stop_reason or StopReason.LOCAL
    fields: Payload = {
        "meterStop": evse.meter_wh,
        "timestamp": charger.timestamp(),
        "reason": REASONS.get(reason, reason.value),
    }
    if token:
        fields["idTag"] = token.value
    if charger.settings.stop_measurands:
        fields["transactionData"] = _transaction_data(charger, evse, transaction)

    def build() -> Payload:
        return {"transactionId": _id_of(transaction), **fields}

    return TransactionMessage("StopTransaction", build)


def _id_of(transaction: Transaction) -> int:
    return int(transaction.id) if transaction.id is not None else UNKNOWN_ID


def _transaction_data(charger: "Charger", evse: Evse, transaction: Transaction) -> list[Payload]:
    end_readings = evse.meter.readings(evse.flow(), charger.settings.stop_measurands)
    begin = meter_value(
        transaction.begin_readings, ReadingContext.TRANSACTION_BEGIN, charger.timestamp(transaction.started_at)
    )
    return [begin, meter_value(end_readings, ReadingContext.TRANSACTION_END, charger.timestamp())]
