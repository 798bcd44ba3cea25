"""The ledger: what simulated chargers were told is kept, compared with what the database holds, to the Wh.

A message counts once its CALLRESULT has arrived. Written from the frames alone, so that no mistake of ours in reading
them can hide itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from asgiref.sync import sync_to_async

from charging.models import MeterReading, Session
from charging.states import Measurand
from simulator import Charger

REGISTER = "Energy.Active.Import.Register"
TRANSACTION_MESSAGES = frozenset({"StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"})

Payload = dict[str, Any]
Key = tuple[str, str]
"""identity and transaction id"""
Register = tuple[datetime, int]
"""A reading of the energy register: when, and how many Wh."""


@dataclass
class Account:
    """What one side knows of one session. The values of other measurands are only counted."""

    start_wh: int | None = None
    stop_wh: int | None = None
    energy_wh: int = 0
    """What will be on the bill: from register to register here, the database's own figure there."""
    registers: set[Register] = field(default_factory=set)
    values: int = 0


class Ledger:
    """Watches chargers. ``lost`` says what was promised and is not kept, ``differences`` also what nobody promised."""

    def __init__(self) -> None:
        self.sent: dict[Key, tuple[str, Payload]] = {}
        """By identity and message id."""
        self.answered: dict[Key, Payload] = {}
        self.refused: list[str] = []
        """CALLERRORs: a station that got one gives its message up."""

    def watch(self, charger: Charger) -> None:
        charger.observe(lambda direction, text: self._note(charger.identity, direction, text))

    @property
    def acknowledged(self) -> int:
        """How many messages about transactions were answered."""
        return sum(self.sent[key][0] in TRANSACTION_MESSAGES for key in self.answered if key in self.sent)

    def _note(self, identity: str, direction: str, text: str) -> None:
        frame = orjson.loads(text)
        key = (identity, str(frame[1]))
        if direction == "out" and frame[0] == 2:
            self.sent[key] = (frame[2], frame[3])
        elif direction == "in" and frame[0] == 3:
            self.answered[key] = frame[2]
        elif direction == "in" and frame[0] == 4:
            self.refused.append(text)

    def promised(self) -> dict[Key, Account]:
        """Each session as its station was told that it is kept."""
        accounts: dict[Key, Account] = {}
        values: dict[Key, set[str]] = {}
        for (identity, message_id), answer in self.answered.items():
            action, payload = self.sent.get((identity, message_id), ("", {}))
            if action in TRANSACTION_MESSAGES:
                key = (identity, _transaction_of(action, payload, answer))
                account = accounts.setdefault(key, Account())
                values.setdefault(key, set()).update(_enter(account, action, payload))
        for key, account in accounts.items():
            account.values = len(values[key])
            last_wh = max((wh for _, wh in account.registers), default=account.start_wh or 0)
            account.energy_wh = max(last_wh, account.stop_wh or 0) - (account.start_wh or 0)
        return accounts

    async def lost(self) -> list[str]:
        """What was acknowledged and is not in the database: may be asked at any moment, in the middle of a fault."""
        promised = self.promised()
        held = await sync_to_async(_held)({identity for identity, _ in promised})
        return [complaint for key, promise in promised.items() for complaint in _lost(key, promise, held)]

    async def differences(self) -> list[str]:
        """Where both sides differ, once all is sent and answered. Nothing is lost, doubled, invented or misread."""
        promised = self.promised()
        held = await sync_to_async(_held)({identity for identity, _ in promised})
        invented = [f"{key}: nobody was told of it" for key in held.keys() - promised.keys()]
        both = [(key, promised[key], held[key]) for key in promised.keys() & held.keys()]
        different = [f"{key}: {_unlike(ours, theirs)}" for key, ours, theirs in both if ours != theirs]
        return [*self.refused, *await self.lost(), *invented, *different]


def _transaction_of(action: str, payload: Payload, answer: Payload) -> str:
    if action == "StartTransaction":
        return str(answer["transactionId"])
    if action == "TransactionEvent":
        return str(payload["transactionInfo"]["transactionId"])
    return str(payload.get("transactionId", "none"))


def _enter(account: Account, action: str, payload: Payload) -> Iterator[str]:
    """Write a message into its account; yields its values, each in a form by which a repeated one is known."""
    kind = payload.get("eventType", action)
    for value in payload.get("meterValue", ()):
        at = datetime.fromisoformat(value["timestamp"])
        for sampled in value["sampledValue"]:
            yield repr((at, sorted(sampled.items(), key=repr)))
            if sampled.get("measurand", REGISTER) == REGISTER:
                _enter_register(account, kind, at, int(float(sampled["value"])))
    if action == "StartTransaction":
        account.start_wh = payload["meterStart"]
    elif action == "StopTransaction":
        account.stop_wh = payload["meterStop"]


def _enter_register(account: Account, kind: str, at: datetime, wh: int) -> None:
    account.registers.add((at, wh))
    if kind == "Started":
        account.start_wh = wh
    elif kind == "Ended":
        account.stop_wh = wh


def _held(identities: set[str]) -> dict[Key, Account]:
    """What the database holds of these stations."""
    accounts: dict[Key, Account] = {}
    keys: dict[int | None, Key] = {}
    for session in Session.objects.filter(station__identity__in=identities).select_related("station"):
        keys[session.pk] = key = (session.station.identity, session.transaction_id)
        accounts[key] = Account(session.meter_start_wh, session.meter_stop_wh, session.energy_wh)
    readings = MeterReading.objects.filter(station__identity__in=identities).exclude(session=None).order_by()
    for session_id, measurand, at, value in readings.values_list("session_id", "measurand", "at", "value"):
        account = accounts[keys[session_id]]
        account.values += 1
        if measurand == Measurand.ENERGY_IMPORT_REGISTER:
            account.registers.add((at, int(value)))
    return accounts


def _lost(key: Key, promise: Account, held: dict[Key, Account]) -> Iterator[str]:
    kept = held.get(key)
    if kept is None:
        yield f"{key}: was acknowledged and is not there"
        return
    for name in ("start_wh", "stop_wh"):
        ours, theirs = getattr(kept, name), getattr(promise, name)
        if theirs is not None and ours != theirs:
            yield f"{key}: {name} {theirs} was acknowledged, {ours} is kept"
    if missing := promise.registers - kept.registers:
        yield f"{key}: {len(missing)} readings were acknowledged and are not there"
    if promise.values > kept.values:
        yield f"{key}: {promise.values} values were acknowledged, {kept.values} are kept"


def _unlike(promise: Account, kept: Account) -> str:
    surplus = len(kept.registers - promise.registers)
    told, stored = (f"{a.start_wh} to {a.stop_wh} = {a.energy_wh} Wh, {a.values} values" for a in (promise, kept))
    return f"{surplus} readings too many; told {told}; kept {stored}"
