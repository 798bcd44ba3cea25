"""A transaction told word for word in any version: for what a well-behaved charger would never say."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator import Charger

Payload = dict[str, Any]
Message = tuple[str, Payload]

REGISTER = "Energy.Active.Import.Register"
VERSIONS_2 = ("2.0.1", "2.1")


def two_hours_ago() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)


def written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def without_none(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if value is not None}


def value_of(version: str, wh: float, **more: Any) -> Payload:
    """One sampled energy register."""
    if version == "1.6":
        return {"value": str(wh), "measurand": REGISTER, "unit": "Wh", **more}
    return {"value": wh, "measurand": REGISTER, **more}


def id_token(uid: str, type_: str = "ISO14443") -> Payload:
    return {"idToken": uid, "type": type_}


def status_of(answer: Payload) -> str:
    """What a station was told of the token it presented."""
    info: Payload = answer.get("idTagInfo") or answer["idTokenInfo"]
    return str(info["status"])


@dataclass
class Telling:
    """One transaction. Times are minutes after its beginning; ``changes`` replace properties, None takes them out."""

    charger: Charger
    uid: str | None
    evse: int = 1
    begins_at: datetime = field(default_factory=two_hours_ago)
    transaction_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    """Of OCPP 1.6: as the server answered, once it did."""
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def version(self) -> str:
        return self.charger.version

    def at(self, minutes: float) -> str:
        return written(self.begins_at + timedelta(minutes=minutes))

    def start_message(self, wh: float = 1000, minutes: float = 0, **changes: Any) -> Message:
        if self.version == "1.6":
            payload = {"connectorId": self.evse, "idTag": self.uid or "", "meterStart": int(wh)}
            return "StartTransaction", without_none(payload | {"timestamp": self.at(minutes)} | changes)
        changes = {"evse": {"id": self.evse, "connectorId": 1}, "idToken": id_token(self.uid or "")} | changes
        return self.event("Started", "CablePluggedIn", wh, minutes, "Transaction.Begin", **changes)

    def reading_message(self, wh: float | None, minutes: float, **changes: Any) -> Message:
        if self.version != "1.6":
            return self.event("Updated", "MeterValuePeriodic", wh, minutes, "Sample.Periodic", **changes)
        sampled = [value_of("1.6", wh or 0)]
        payload = {
            "connectorId": self.evse,
            "transactionId": int(self.transaction_id),
            "meterValue": [{"timestamp": self.at(minutes), "sampledValue": sampled}],
        }
        return "MeterValues", without_none(payload | changes)

    def stop_message(self, wh: float, minutes: float, **changes: Any) -> Message:
        if self.version == "1.6":
            payload = {"transactionId": int(self.transaction_id), "meterStop": int(wh), "timestamp": self.at(minutes)}
            return "StopTransaction", without_none(payload | changes)
        info = {"transactionId": self.transaction_id, "stoppedReason": "Local"}
        return self.event(
            "Ended", "StopAuthorized", wh, minutes, "Transaction.End", **({"transactionInfo": info} | changes)
        )

    def event(
        self, type_: str, trigger: str, wh: float | None = None, minutes: float = 0, context: str = "", **changes: Any
    ) -> Message:
        """A TransactionEvent of OCPP 2.x."""
        payload: Payload = {
            "eventType": type_,
            "timestamp": self.at(minutes),
            "triggerReason": trigger,
            "transactionInfo": {"transactionId": self.transaction_id},
        }
        if wh is not None:
            sampled = value_of(self.version, wh, context=context)
            payload["meterValue"] = [{"timestamp": self.at(minutes), "sampledValue": [sampled]}]
        payload["seqNo"] = changes.pop("seqNo") if "seqNo" in changes else next(self.numbers)
        return "TransactionEvent", without_none(payload | changes)

    async def start(self, wh: float = 1000, minutes: float = 0, **changes: Any) -> Payload:
        answer = await self.charger.call(*self.start_message(wh, minutes, **changes))
        self.transaction_id = str(answer.get("transactionId", self.transaction_id))
        return answer

    async def read(self, wh: float | None, minutes: float, **changes: Any) -> Payload:
        return await self.charger.call(*self.reading_message(wh, minutes, **changes))

    async def stop(self, wh: float, minutes: float, **changes: Any) -> Payload:
        return await self.charger.call(*self.stop_message(wh, minutes, **changes))

    async def update(self, trigger: str, minutes: float, wh: float | None = None, **changes: Any) -> Payload:
        return await self.charger.call(*self.event("Updated", trigger, wh, minutes, "Sample.Periodic", **changes))
