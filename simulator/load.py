"""The load generator: many lean connections that send meter values and time the answers."""

import asyncio
import gc
import random
import ssl
import statistics
import time
from array import array
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from simulator.clock import format_time
from simulator.connection import CALL, Address, Connection, Payload, open_connection
from simulator.errors import AnswerTimeout, CallError, SimulatorError

CONNECTING_AT_ONCE = 64
CARD = "04A2B3C4D5E6F7"


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """`interval_s` 0 sends the next message as soon as the last is answered (closed loop)."""

    url: str
    identities: tuple[str, ...]
    version: str = "1.6"
    password: str | None = None
    passwords: dict[str, str] = field(default_factory=dict)
    interval_s: float = 10.0
    seconds: float = 30.0
    with_transactions: bool = False
    timeout_s: float = 30.0
    tls: ssl.SSLContext | None = None


@dataclass(slots=True)
class Tally:
    """Latencies in ms of what was answered within the measured time."""

    latencies_ms: "array[float]" = field(default_factory=lambda: array("d"))
    sent: int = 0
    unanswered: int = 0
    errors: int = 0
    late: int = 0
    """Sending moments that passed because the previous message was still open."""
    lost_connections: int = 0
    failed_connections: int = 0
    ramp_s: float = 0.0
    measured_s: float = 0.0
    cpu_s: float = 0.0
    """Of this process while measuring: near `measured_s` the generator itself is the limit."""

    def figures(self) -> dict[str, float | int]:
        ordered = sorted(self.latencies_ms)
        return {
            "messages_per_s": round(len(ordered) / self.measured_s, 1) if self.measured_s else 0.0,
            "p50_ms": round(statistics.median(ordered), 2) if ordered else 0.0,
            "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2) if ordered else 0.0,
            "max_ms": round(ordered[-1], 2) if ordered else 0.0,
            "answered": len(ordered),
            "unanswered": self.unanswered,
            "errors": self.errors,
            "late": self.late,
            "lost_connections": self.lost_connections,
            "failed_connections": self.failed_connections,
            "ramp_s": round(self.ramp_s, 2),
            "measured_s": round(self.measured_s, 2),
            "client_cpu_s": round(self.cpu_s, 2),
        }


class LoadStation:
    """Boots once, then only knows how to send its meter values."""

    __slots__ = ("_connection", "_energy_wh", "_identity", "_number", "_plan", "_seq_no", "_transaction")

    def __init__(self, plan: LoadPlan, identity: str) -> None:
        self._plan = plan
        self._identity = identity
        self._connection: Connection | None = None
        self._transaction: int | str | None = None
        self._number = 0
        self._seq_no = 0
        self._energy_wh = random.randrange(1_000_000, 9_000_000)

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def come_up(self) -> None:
        plan = self._plan
        password = plan.passwords.get(self._identity, plan.password)
        address = Address(
            plan.url,
            self._identity,
            password=password,
            subprotocols=(f"ocpp{plan.version}",),
            tls=plan.tls,
        )
        self._connection = await open_connection(
            address, observe=_ignore_frame, on_call=self._refuse, on_unclaimed=_ignore, on_closed=self._closed
        )
        if plan.version == "1.6":
            boot: Payload = {"chargePointVendor": "Voltaria", "chargePointModel": "Load"}
        else:
            boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "Voltaria", "model": "Load"}}
        await self._call("BootNotification", boot)
        if plan.with_transactions:
            await self._start()

    async def send(self) -> None:
        """One sample of six values."""
        await self._call(*self._message())

    async def close(self) -> None:
        if self._connection:
            await self._connection.close()

    async def _start(self) -> None:
        if self._plan.version == "1.6":
            wish = {"connectorId": 1, "idTag": CARD, "meterStart": self._energy_wh, "timestamp": _now()}
            answer = await self._call("StartTransaction", wish)
            self._transaction = int(answer["transactionId"])
            return
        self._transaction = f"load-{random.getrandbits(64):x}"
        await self._call(
            "TransactionEvent",
            self._event("Started", "Authorized") | {"idToken": {"idToken": CARD, "type": "ISO14443"}},
        )

    def _message(self) -> tuple[str, Payload]:
        self._energy_wh += 30
        if self._plan.version == "1.6":
            transaction = {"transactionId": self._transaction} if self._transaction is not None else {}
            return "MeterValues", {"connectorId": 1, **transaction, "meterValue": [self._value_16()]}
        if self._transaction is None:
            return "MeterValues", {"evseId": 1, "meterValue": [self._value_2()]}
        event = self._event("Updated", "MeterValuePeriodic")
        return "TransactionEvent", event | {"meterValue": [self._value_2()]}

    def _event(self, kind: str, trigger: str) -> Payload:
        number, self._seq_no = self._seq_no, self._seq_no + 1
        return {
            "eventType": kind,
            "timestamp": _now(),
            "triggerReason": trigger,
            "seqNo": number,
            "transactionInfo": {"transactionId": self._transaction, "chargingState": "Charging"},
            "evse": {"id": 1, "connectorId": 1},
        }

    def _values(self) -> list[tuple[str, str, str | None, float]]:
        return [
            ("Energy.Active.Import.Register", "Wh", None, self._energy_wh),
            ("Power.Active.Import", "W", None, 10_800.0),
            ("Current.Import", "A", "L1", 15.6),
            ("Current.Import", "A", "L2", 15.7),
            ("Current.Import", "A", "L3", 15.6),
            ("Voltage", "V", "L1-N", 230.1),
        ]

    def _value_16(self) -> Payload:
        sampled = [
            {"measurand": name, "unit": unit, "value": str(value), **({"phase": phase} if phase else {})}
            for name, unit, phase, value in self._values()
        ]
        return {"timestamp": _now(), "sampledValue": sampled}

    def _value_2(self) -> Payload:
        sampled = [
            {
                "measurand": name,
                "unitOfMeasure": {"unit": unit},
                "value": value,
                **({"phase": phase} if phase else {}),
            }
            for name, unit, phase, value in self._values()
        ]
        return {"timestamp": _now(), "sampledValue": sampled}

    async def _call(self, action: str, payload: Payload) -> Payload:
        if self._connection is None:
            raise SimulatorError("not connected")
        self._number += 1
        message_id = f"{self._identity[-24:]}-{self._number}"
        text = orjson.dumps([CALL, message_id, action, payload]).decode()
        return await self._connection.exchange(message_id, text, self._plan.timeout_s)

    def _refuse(self, connection: Connection, message_id: str, action: str, payload: Payload) -> None:
        error = CallError("NotSupported", "a load station answers no commands")
        task = asyncio.ensure_future(connection.answer_error(message_id, error))
        task.add_done_callback(_swallow)

    def _closed(self, connection: Connection) -> None:
        self._connection = None


async def run_load(plan: LoadPlan) -> Tally:
    """Connect and boot all, measure for `seconds`, close."""
    tally = Tally()
    stations = [LoadStation(plan, identity) for identity in plan.identities]
    started = time.perf_counter()
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)
    await asyncio.gather(*(_come_up(station, gate, tally) for station in stations))
    tally.ramp_s = time.perf_counter() - started
    gc.collect()
    gc.freeze()
    started, cpu_started = time.perf_counter(), time.process_time()
    connected = [station for station in stations if station.is_connected]
    await asyncio.gather(*(_send_until(station, plan, started + plan.seconds, tally) for station in connected))
    tally.measured_s = time.perf_counter() - started
    tally.cpu_s = time.process_time() - cpu_started
    await asyncio.gather(*(station.close() for station in stations))
    return tally


async def _come_up(station: LoadStation, gate: asyncio.Semaphore, tally: Tally) -> None:
    async with gate:
        try:
            await station.come_up()
        except SimulatorError:
            tally.failed_connections += 1


async def _send_until(station: LoadStation, plan: LoadPlan, end: float, tally: Tally) -> None:
    """On a fixed beat with a random phase, or without a pause."""
    due = time.perf_counter() + random.random() * plan.interval_s
    while due < end:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if time.perf_counter() >= end:
            return
        if not await _send_once(station, tally):
            return
        due = time.perf_counter() if plan.interval_s == 0 else due + plan.interval_s
        while plan.interval_s and due < time.perf_counter():
            tally.late += 1
            due += plan.interval_s


async def _send_once(station: LoadStation, tally: Tally) -> bool:
    """False when this station cannot go on."""
    sent_at = time.perf_counter()
    tally.sent += 1
    try:
        await station.send()
    except AnswerTimeout:
        tally.unanswered += 1
    except CallError:
        tally.errors += 1
    except SimulatorError:
        tally.unanswered += 1
        tally.lost_connections += 1
        return False
    else:
        tally.latencies_ms.append((time.perf_counter() - sent_at) * 1000)
    return True


def _now() -> str:
    return format_time(datetime.now(UTC))


def _ignore_frame(direction: str, text: str) -> None:
    """Nobody looks at the frames."""


def _ignore(text: str) -> None:
    """An answer to nothing."""


def _swallow(task: "asyncio.Future[None]") -> None:
    if not task.cancelled():
        task.exception()
