"""The OCPP 1.6 side of a charger: payloads it sends and the table of commands it knows."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ocpp.v16.enums import Action

from simulator.authorization import Authorization, Token
from simulator.clock import parse_time
from simulator.connection import Payload
from simulator.dialect import Handler, Message
from simulator.evse import Evse
from simulator.meter import Reading
from simulator.states import ConnectorStatus, ReadingContext, Trigger, TxPoint
from simulator.transaction import Transaction
from simulator.transaction_queue import TransactionMessage
from simulator.v16 import (
    authorization,
    availability,
    configuration,
    diagnostics,
    firmware,
    metering,
    remote,
    reservation,
    security,
    smart_charging,
    transactions,
    trigger,
)

if TYPE_CHECKING:
    from simulator.charger import Charger

HANDLERS: Mapping[str, Handler] = {
    **authorization.HANDLERS,
    **availability.HANDLERS,
    **configuration.HANDLERS,
    **diagnostics.HANDLERS,
    **firmware.HANDLERS,
    **remote.HANDLERS,
    **reservation.HANDLERS,
    **security.HANDLERS,
    **smart_charging.HANDLERS,
    **trigger.HANDLERS,
}


class Dialect16:
    __slots__ = ("_charger", "actions", "format_error_code", "handlers")

    def __init__(self, charger: "Charger") -> None:
        if any(spec.connectors != 1 for spec in charger.evses):
            raise ValueError("OCPP 1.6 has one connector for each EVSE")
        self._charger = charger
        self.handlers = HANDLERS
        self.actions = frozenset(str(action.value) for action in Action)
        self.format_error_code = "FormationViolation"

    def boot(self, reason: str) -> Message:
        """1.6 has no field for the reason."""
        charger = self._charger
        return "BootNotification", {
            "chargePointVendor": charger.vendor,
            "chargePointModel": charger.model,
            "chargePointSerialNumber": charger.serial_number,
            "firmwareVersion": charger.firmware_version,
            "meterType": "Voltaria M3",
        }

    def station_status(self) -> list[Message]:
        is_operative = self._charger.variables.get("station") != "Inoperative"
        return [availability.status_notification(self._charger, 0, "Available" if is_operative else "Unavailable")]

    def status(self, evse: Evse, connector: int) -> str:
        return evse.status.value

    def status_messages(self, evse: Evse, connector: int, status: str) -> list[Message]:
        error_code = evse.fault if evse.fault and status == ConnectorStatus.FAULTED else "NoError"
        return [availability.status_notification(self._charger, evse.number, status, error_code)]

    def reservation_ended(self, reservation_id: int, status: str) -> list[Message]:
        """1.6 tells it by StatusNotification alone (§5.13)."""
        return []

    def authorize(self, token: Token) -> Message:
        return "Authorize", {"idTag": token.value}

    def read_authorization(self, info: Payload) -> Authorization:
        expires = info.get("expiryDate")
        return Authorization(info["status"], info.get("parentIdTag"), parse_time(expires) if expires else None)

    def authorization_in(self, answer: Payload) -> Payload | None:
        return answer.get("idTagInfo")

    def start_points(self) -> frozenset[TxPoint]:
        return frozenset({TxPoint.POWER_PATH_CLOSED})

    def stop_points(self) -> frozenset[TxPoint]:
        unplugging = {TxPoint.EV_CONNECTED} if self._charger.settings.stops_on_ev_disconnect else set()
        return frozenset({TxPoint.AUTHORIZED} | unplugging)

    def new_transaction_id(self) -> str | None:
        """The CSMS chooses it."""
        return None

    def started(self, evse: Evse, transaction: Transaction, trigger: Trigger) -> TransactionMessage:
        return transactions.start(self._charger, evse, transaction)

    def updated(
        self, evse: Evse, transaction: Transaction, trigger: Trigger, token: Token | None
    ) -> TransactionMessage | None:
        """1.6 tells such changes by StatusNotification alone."""
        return None

    def sampled(
        self, transaction: Transaction, readings: list[Reading], context: ReadingContext, at: datetime
    ) -> TransactionMessage:
        return transactions.sample(self._charger, transaction, readings, context, at)

    def ended(self, evse: Evse, transaction: Transaction, trigger: Trigger, token: Token | None) -> TransactionMessage:
        return transactions.stop(self._charger, evse, transaction, token)

    def meter_values(self, evse: int, readings: list[Reading], context: ReadingContext, at: datetime) -> Message:
        value = metering.meter_value(readings, context, self._charger.timestamp(at))
        return "MeterValues", {"connectorId": evse, "meterValue": [value]}
