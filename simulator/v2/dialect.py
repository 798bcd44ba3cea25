"""The OCPP 2.0.1 and 2.1 side of a charger: payloads it sends and the table of commands it knows."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ocpp.v21.enums import Action as Action21
from ocpp.v201.enums import Action as Action201

from simulator.authorization import Authorization, Token
from simulator.clock import parse_time
from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.evse import Evse
from simulator.meter import Reading
from simulator.states import ReadingContext, Trigger, TxPoint
from simulator.transaction import Transaction
from simulator.transaction_queue import TransactionMessage
from simulator.v2 import (
    authorization,
    availability,
    diagnostics,
    firmware,
    metering,
    profile_reports,
    provisioning,
    remote,
    reports,
    reservation,
    security,
    smart_charging,
    transactions,
    trigger,
    variables,
)

if TYPE_CHECKING:
    from simulator.charger import Charger

HANDLERS: Mapping[str, Handler] = {
    **authorization.HANDLERS,
    **availability.HANDLERS,
    **diagnostics.HANDLERS,
    **firmware.HANDLERS,
    **profile_reports.HANDLERS,
    **provisioning.HANDLERS,
    **remote.HANDLERS,
    **reports.HANDLERS,
    **reservation.HANDLERS,
    **security.HANDLERS,
    **smart_charging.HANDLERS,
    **transactions.HANDLERS,
    **trigger.HANDLERS,
    **variables.HANDLERS,
}
ACTIONS = {
    "2.0.1": frozenset(str(action.value) for action in Action201),
    "2.1": frozenset(str(action.value) for action in Action21),
}


class Dialect2:
    __slots__ = ("_charger", "actions", "format_error_code", "handlers")

    def __init__(self, charger: "Charger") -> None:
        self._charger = charger
        self.handlers = HANDLERS
        self.actions = ACTIONS[charger.version]
        self.format_error_code = "FormatViolation"

    def boot(self, reason: str) -> Message:
        return provisioning.boot(self._charger, reason)

    def station_status(self) -> list[Message]:
        """2.x has no status of the station as a whole."""
        return []

    def status(self, evse: Evse, connector: int) -> str:
        return availability.status_of(evse, connector)

    def status_messages(self, evse: Evse, connector: int, status: str) -> list[Message]:
        return availability.status_messages(self._charger, evse.number, connector, status)

    def reservation_ended(self, reservation_id: int, status: str) -> list[Message]:
        return [("ReservationStatusUpdate", {"reservationId": reservation_id, "reservationUpdateStatus": status})]

    def authorize(self, token: Token) -> Message:
        return "Authorize", {"idToken": authorization.id_token(token)}

    def read_authorization(self, info: Payload) -> Authorization:
        expires, group = info.get("cacheExpiryDateTime"), info.get("groupIdToken")
        return Authorization(
            info["status"], group["idToken"] if group else None, parse_time(expires) if expires else None
        )

    def authorization_in(self, answer: Payload) -> Payload | None:
        return answer.get("idTokenInfo")

    def start_points(self) -> frozenset[TxPoint]:
        return points(self._charger.settings.tx_start_point)

    def stop_points(self) -> frozenset[TxPoint]:
        return points(self._charger.settings.tx_stop_point)

    def new_transaction_id(self) -> str | None:
        return str(uuid.UUID(int=self._charger.rng.getrandbits(128), version=4))

    def started(self, evse: Evse, transaction: Transaction, trigger: Trigger) -> TransactionMessage:
        return transactions.started(self._charger, evse, transaction, trigger)

    def updated(
        self, evse: Evse, transaction: Transaction, trigger: Trigger, token: Token | None
    ) -> TransactionMessage | None:
        return transactions.updated(self._charger, evse, transaction, trigger, token)

    def sampled(
        self, transaction: Transaction, readings: list[Reading], context: ReadingContext, at: datetime
    ) -> TransactionMessage:
        return transactions.sampled(self._charger, transaction, readings, context, at)

    def ended(self, evse: Evse, transaction: Transaction, trigger: Trigger, token: Token | None) -> TransactionMessage:
        return transactions.ended(self._charger, evse, transaction, trigger, token)

    def meter_values(self, evse: int, readings: list[Reading], context: ReadingContext, at: datetime) -> Message:
        value = metering.meter_value(readings, context, self._charger.timestamp(at))
        return "MeterValues", {"evseId": evse, "meterValue": [value]}


def points(text: str) -> frozenset[TxPoint]:
    return frozenset(TxPoint(name.strip()) for name in text.split(",") if name.strip())
