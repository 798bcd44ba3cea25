"""What the simulated chargers say: frames made from templates, of which only ids, times and registers differ."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

STARTED_AT = int(time.time())
"""Sets the transactions of this run apart from those of another on the same database."""
VALUES = 6
"""In each message with meter values."""

SAMPLED_16 = (
    b'[{"value":"%d","measurand":"Energy.Active.Import.Register","unit":"Wh"},'
    b'{"value":"10%d","measurand":"Power.Active.Import","unit":"W"},'
    b'{"value":"15.6","measurand":"Current.Import","unit":"A","phase":"L1"},'
    b'{"value":"15.7","measurand":"Current.Import","unit":"A","phase":"L2"},'
    b'{"value":"15.5","measurand":"Current.Import","unit":"A","phase":"L3"},'
    b'{"value":"230.1","measurand":"Voltage","unit":"V","phase":"L1-N"}]'
)
SAMPLED_2 = (
    b'[{"value":%d,"measurand":"Energy.Active.Import.Register","unitOfMeasure":{"unit":"Wh"}},'
    b'{"value":10%d,"measurand":"Power.Active.Import","unitOfMeasure":{"unit":"W"}},'
    b'{"value":15.6,"measurand":"Current.Import","unitOfMeasure":{"unit":"A"},"phase":"L1"},'
    b'{"value":15.7,"measurand":"Current.Import","unitOfMeasure":{"unit":"A"},"phase":"L2"},'
    b'{"value":15.5,"measurand":"Current.Import","unitOfMeasure":{"unit":"A"},"phase":"L3"},'
    b'{"value":230.1,"measurand":"Voltage","unitOfMeasure":{"unit":"V"},"phase":"L1-N"}]'
)
METER_VALUES = (
    b'[2,"%d","MeterValues",{"connectorId":1,"transactionId":%s,"meterValue":[{"timestamp":"%s","sampledValue":'
    + SAMPLED_16
    + b"}]}]"
)
UPDATED = (
    b'[2,"%d","TransactionEvent",{"eventType":"Updated","timestamp":"%s","triggerReason":"MeterValuePeriodic",'
    b'"seqNo":%d,"transactionInfo":{"transactionId":"%s","chargingState":"Charging"},'
    b'"evse":{"id":1,"connectorId":1},"meterValue":[{"timestamp":"%s","sampledValue":' + SAMPLED_2 + b"}]}]"
)
BEGAN = (
    b'[2,"%d","TransactionEvent",{"eventType":"Started","timestamp":"%s","triggerReason":"Authorized","seqNo":0,'
    b'"transactionInfo":{"transactionId":"%s"},"idToken":{"idToken":"%s","type":"ISO14443"},'
    b'"evse":{"id":2,"connectorId":1}}]'
)
ENDED = (
    b'[2,"%d","TransactionEvent",{"eventType":"Ended","timestamp":"%s","triggerReason":"StopAuthorized","seqNo":1,'
    b'"transactionInfo":{"transactionId":"%s","stoppedReason":"Local"},'
    b'"idToken":{"idToken":"%s","type":"ISO14443"},"evse":{"id":2,"connectorId":1}}]'
)
STATUS = b'[2,"%d","StatusNotification",{"connectorId":%d,"errorCode":"NoError","status":"%s","timestamp":"%s"}]'
BOOT = (
    b'[2,"%d","BootNotification",{"chargePointVendor":"Benchmark","chargePointModel":"Raw",'
    b'"chargePointSerialNumber":"%s","firmwareVersion":"1.0"}]'
)
BOOT_2 = (
    b'[2,"%d","BootNotification",{"reason":"PowerUp","chargingStation":{"vendorName":"Benchmark","model":"Raw",'
    b'"serialNumber":"%s","firmwareVersion":"1.0"}}]'
)
START = b'[2,"%d","StartTransaction",{"connectorId":2,"idTag":"%s","meterStart":%d,"timestamp":"%s"}]'
STOP = b'[2,"%d","StopTransaction",{"transactionId":%s,"idTag":"%s","meterStop":%d,"timestamp":"%s","reason":"Local"}]'


class Speaker(Protocol):
    """What a message is about."""

    identity: bytes
    transaction_id: bytes
    """Of the session that runs at its first connector."""
    own_transaction_id: bytes
    """Of the session that it began itself, at its second connector."""
    token: bytes
    number: int
    """Of its messages until now, this one included."""


Frame = Callable[[Speaker, bytes], bytes]


def _register(of: Speaker) -> int:
    return 1_000_000 + 30 * of.number


def meter_values(of: Speaker, at: bytes) -> bytes:
    return METER_VALUES % (of.number, of.transaction_id, at, _register(of), of.number % 1000)


def updated(of: Speaker, at: bytes) -> bytes:
    return UPDATED % (of.number, at, of.number, of.transaction_id, at, _register(of), of.number % 1000)


def begin(of: Speaker, at: bytes) -> bytes:
    return BEGAN % (of.number, at, _own_transaction(of.number), of.token)


def end(of: Speaker, at: bytes) -> bytes:
    """Of the transaction that its last message began."""
    return ENDED % (of.number, at, _own_transaction(of.number - 1), of.token)


def _own_transaction(number: int) -> bytes:
    return b"%x-%d" % (STARTED_AT, number)


def changed(of: Speaker, at: bytes) -> bytes:
    """Each time another status than before."""
    return STATUS % (of.number, 1, b"SuspendedEV" if of.number % 2 else b"Charging", at)


def available(connector: int) -> Frame:
    return lambda of, at: STATUS % (of.number, connector, b"Available", at)


FRAMES: dict[str, Frame] = {
    "Heartbeat": lambda of, at: b'[2,"%d","Heartbeat",{}]' % of.number,
    "StatusNotification": changed,
    "MeterValues": meter_values,
    "Authorize": lambda of, at: b'[2,"%d","Authorize",{"idTag":"%s"}]' % (of.number, of.token),
    "BootNotification": lambda of, at: BOOT % (of.number, of.identity),
    "BootNotification 2.0.1": lambda of, at: BOOT_2 % (of.number, of.identity),
    "StartTransaction": lambda of, at: START % (of.number, of.token, _register(of), at),
    "StopTransaction": lambda of, at: STOP % (of.number, of.own_transaction_id, of.token, _register(of), at),
    "TransactionEvent Started": begin,
    "TransactionEvent Updated": updated,
    "TransactionEvent Ended": end,
    "first connector available": available(1),
    "second connector available": available(2),
}


class Clock:
    """Now, as chargers write it; made once a millisecond."""

    def __init__(self) -> None:
        self.made_at_ms = 0
        self.text = b""

    def now(self) -> bytes:
        at_ms = int(time.time() * 1000)
        if at_ms != self.made_at_ms:
            self.made_at_ms = at_ms
            self.text = (
                datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")[:23].encode() + b"Z"
            )
        return self.text
