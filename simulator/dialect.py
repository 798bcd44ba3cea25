"""What a charger needs from the code of one OCPP version."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from simulator.authorization import Authorization, Token
from simulator.connection import Payload
from simulator.evse import Evse
from simulator.meter import Reading
from simulator.states import ReadingContext, Trigger, TxPoint
from simulator.transaction import Transaction
from simulator.transaction_queue import TransactionMessage

if TYPE_CHECKING:
    from simulator.charger import Charger

Handler = Callable[["Charger", Payload], Payload]
"""Answers one action of the CSMS; effects are registered with `charger.afterwards`."""
Message = tuple[str, Payload]


class Dialect(Protocol):
    """Builds the payloads of one version and answers its commands."""

    handlers: Mapping[str, Handler]
    actions: frozenset[str]
    """Every action the version knows; the others are NotImplemented."""
    format_error_code: str

    def boot(self, reason: str) -> Message: ...

    def station_status(self) -> list[Message]: ...

    def status(self, evse: Evse, connector: int) -> str: ...

    def status_messages(self, evse: Evse, connector: int, status: str) -> list[Message]: ...

    def reservation_ended(self, reservation_id: int, status: str) -> list[Message]: ...

    def authorize(self, token: Token) -> Message: ...

    def read_authorization(self, info: Payload) -> Authorization: ...

    def authorization_in(self, answer: Payload) -> Payload | None: ...

    def start_points(self) -> frozenset[TxPoint]: ...

    def stop_points(self) -> frozenset[TxPoint]: ...

    def new_transaction_id(self) -> str | None: ...

    def started(self, evse: Evse, transaction: Transaction, trigger: Trigger) -> TransactionMessage: ...

    def updated(
        self, evse: Evse, transaction: Transaction, trigger: Trigger, token: Token | None
    ) -> TransactionMessage | None: ...

    def sampled(
        self, transaction: Transaction, readings: list[Reading], context: ReadingContext, at: datetime
    ) -> TransactionMessage: ...

    def ended(
        self, evse: Evse, transaction: Transaction, trigger: Trigger, token: Token | None
    ) -> TransactionMessage: ...

    def meter_values(self, evse: int, readings: list[Reading], context: ReadingContext, at: datetime) -> Message: ...
