"""The simulated chargers as the one who measures sees them: a few processes that take the same order together."""

import math
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from benchmarks.sockets import Charger
from csms.embedded.children import dies_with_us

ROOT = Path(__file__).resolve().parent.parent
SECRET = "benchmark-secret-0001"  # noqa: S105
MOST_A_PROCESS = 10_000

Meter = Callable[[], float]


class NotServed(Exception):
    """The server refused, dropped or never answered what it must answer."""


@dataclass
class Heard:
    """What came of an order, of all processes together."""

    answered: int = 0
    measured: int = 0
    """Answered within the measured time."""
    late: int = 0
    cpu_s: float = 0.0
    """What the chargers themselves cost: near the measured time, they are the limit."""
    metered: float = 0.0
    """What a meter of the caller's ran on within the measured time."""
    refusals: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    said: list[Any] = field(default_factory=list)

    def percentile_ms(self, percent: float) -> float:
        if not self.latencies_ms:
            raise NotServed("Nothing was answered: is the machine or its disk busy?")
        return percentile(self.latencies_ms, percent)


def percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(math.ceil(len(ordered) * percent / 100), len(ordered)) - 1]


class Crew:
    """Processes of chargers. Leaving it ends them."""

    def __init__(self, chargers: int, processes: int = 0) -> None:
        """``chargers``: how many there will be at most."""
        count = processes or max(1, math.ceil(chargers / MOST_A_PROCESS))
        self.processes = [_start(number) for number in range(count)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes:
            if kind is not None:
                process.kill()
            process.communicate()

    def connect(self, chargers: Sequence[Charger], *ports: int, at_once: int = 64) -> Heard:
        return self._order("connect", chargers=chargers, ports=ports, at_once=at_once)

    def storm(self, chargers: Sequence[Charger], *ports: int, begins_at: float, limit_s: float) -> Heard:
        """Refusals are part of the result: the chargers come again, until there is no time left."""
        moment = {"begins_at": begins_at, "limit_s": limit_s}
        return self._order("storm", may_be_refused=True, chargers=chargers, ports=ports, **moment)

    def closed_loop(self, action: str, *, warm_up_s: float, seconds: float, meter: Meter) -> Heard:
        self._tell("closed_loop", action=action, warm_up_s=warm_up_s, seconds=seconds)
        metered = _read(meter, warm_up_s, seconds)
        return replace(self._hear("closed_loop"), metered=metered)

    def times(self, action: str, count: int) -> Heard:
        return self._order("times", action=action, count=count)

    def steady(self, action: str, *, interval_s: float, warm_up_s: float, seconds: float, meter: Meter) -> Heard:
        self._tell("steady", action=action, interval_s=interval_s, warm_up_s=warm_up_s, seconds=seconds)
        metered = _read(meter, warm_up_s, seconds)
        return replace(self._hear("steady"), metered=metered)

    def calls(self) -> dict[str, float]:
        return {identity: at for said in self._order("calls").said for identity, at in said.items()}

    def keep(self, count: int) -> None:
        self._order("keep", count=math.ceil(count / len(self.processes)))

    def _order(
        self, order: str, *, may_be_refused: bool = False, chargers: Sequence[Charger] | None = None, **fields: Any
    ) -> Heard:
        self._tell(order, chargers, **fields)
        return self._hear(order, may_be_refused=may_be_refused)

    def _tell(self, order: str, chargers: Sequence[Charger] | None = None, **fields: Any) -> None:
        for number, process in enumerate(self.processes):
            if chargers is not None:
                fields["chargers"] = [astuple(charger) for charger in chargers[number :: len(self.processes)]]
            assert process.stdin is not None
            process.stdin.write(orjson.dumps([order, fields]) + b"\n")
            process.stdin.flush()

    def _hear(self, order: str, *, may_be_refused: bool = False) -> Heard:
        """When all are done. Raises NotServed."""
        heard = Heard()
        refused: list[str] = []
        for process in self.processes:
            assert process.stdout is not None
            if not (line := process.stdout.readline()):
                raise RuntimeError("A process of chargers ended: what it said is above.")
            result = orjson.loads(line)
            refused += result.pop("refused")
            for name, value in result.items():
                setattr(heard, name, getattr(heard, name) + (value if name != "said" else [value]))
        if heard.refusals and not may_be_refused:
            raise NotServed(f"{heard.refusals} times something was refused in {order}: {'; '.join(refused)}")
        return heard


def _read(meter: Meter, warm_up_s: float, seconds: float) -> float:
    """How far it runs on in so many seconds, after the warming up."""
    time.sleep(warm_up_s)
    before = meter()
    time.sleep(seconds)
    return meter() - before


def _start(number: int) -> "subprocess.Popen[bytes]":
    source = f"127.0.0.{number + 2}"
    command = [*dies_with_us(signal.SIGKILL), sys.executable, "-m", "benchmarks.generator", SECRET, source]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
