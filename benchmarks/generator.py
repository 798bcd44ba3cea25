"""A process of simulated chargers. Orders come as lines of JSON on its input, what came of each goes out as one.

One process holds as many sockets as it may open files, and each speaks from an address of its own, because one address
has only so many ports.
"""

import asyncio
import gc
import random
import resource
import sys
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvloop

from benchmarks.sockets import Charger, Refused, Socket, open_socket

ANSWER_LIMIT_S = 60.0
RETRY_S = (5.0, 15.0)
"""Between these a charger waits after a refusal, if it is not told for how long."""
LONGEST_ORDER = 64 * 2**20
SHORTEST_SLEEP_S = 0.005


@dataclass
class Tally:
    """What came of an order."""

    answered: int = 0
    measured: int = 0
    late: int = 0
    """Messages that were not sent because the one before was still open."""
    refused: list[str] = field(default_factory=list)
    latencies_ms: "array[float]" = field(default_factory=lambda: array("d"))

    def refuse(self, text: str) -> None:
        self.refused.append(text)


class Generator:
    """The chargers of this process. Each method that is no helper is an order."""

    def __init__(self, password: str, source: str) -> None:
        self.password = password
        self.source = source
        self.sockets: list[Socket] = []
        self.tally = Tally()
        self.action = ""
        self.ends_at = 0.0
        self.left: dict[Socket, int] = {}
        self.open: set[Socket] = set()

    async def connect(self, chargers: list[list[str]], ports: list[int], at_once: int) -> None:
        """Open sockets, so many at once."""
        gate = asyncio.Semaphore(at_once)

        async def one(number: int, charger: Charger) -> None:
            async with gate:
                port = ports[number % len(ports)]
                self.sockets.append(await open_socket(charger, port, self.password, self.source, self._heard))

        await asyncio.gather(*(one(number, Charger(*told)) for number, told in enumerate(chargers)))
        gc.collect()
        gc.freeze()

    async def storm(
        self, chargers: list[list[str]], ports: list[int], begins_at: float, limit_s: float
    ) -> dict[str, list[float]]:
        """All connect at one moment, boot, and report their two connectors; seconds until each had done so."""
        gc.disable()
        await asyncio.sleep(begins_at - time.monotonic())
        waits = [self._come_up(Charger(*told), ports[n % len(ports)], begins_at) for n, told in enumerate(chargers)]
        done, unserved = await asyncio.wait(map(asyncio.ensure_future, waits), timeout=limit_s)
        for task in unserved:
            task.cancel()
        gc.enable()
        gc.freeze()
        times = [task.result() for task in done]
        return {"accepted_s": [time[0] for time in times], "reported_s": [time[1] for time in times]}

    async def _come_up(self, charger: Charger, port: int, begins_at: float) -> tuple[float, float]:
        """As chargers do, come again a little later when refused."""
        while True:
            try:
                socket = await open_socket(charger, port, self.password, self.source, self._heard)
                await self._boot(socket)
                accepted_s = time.monotonic() - begins_at
                await socket.ask("first connector available")
                await socket.ask("second connector available")
            except Refused as refusal:
                self.tally.refuse(str(refusal))
                await asyncio.sleep(refusal.pause_s or random.uniform(*RETRY_S))
            else:
                self.sockets.append(socket)
                return accepted_s, time.monotonic() - begins_at

    async def _boot(self, socket: Socket) -> None:
        while True:
            answer = orjson.loads(await socket.ask("BootNotification"))[2]
            if answer["status"] == "Accepted":
                return
            self.tally.refuse(answer["status"])
            await asyncio.sleep(answer["interval"])

    async def closed_loop(self, action: str, warm_up_s: float, seconds: float) -> None:
        """Each charger sends its next message when the last is answered."""
        begins_at = time.perf_counter() + warm_up_s
        self.ends_at = begins_at + seconds
        self._begin(action)
        for socket in self.sockets:
            self.open.add(socket)
            socket.heard = self._heard_in_loop
            socket.say(action)
        await asyncio.sleep(warm_up_s)
        self.tally.latencies_ms, warmed_up = array("d"), self.tally.answered
        await asyncio.sleep(seconds)
        self.tally.measured = self.tally.answered - warmed_up
        await self._until_answered()

    async def times(self, action: str, count: int) -> None:
        """Each charger sends so many messages, one after the other."""
        self._begin(action)
        for socket in self.sockets:
            self.left[socket] = count - 1
            self.open.add(socket)
            socket.heard = self._heard_counted
            socket.say(action)
        await self._until_answered()
        self.tally.measured = self.tally.answered

    async def steady(self, action: str, interval_s: float, warm_up_s: float, seconds: float) -> None:
        """Each charger sends one message an interval, spread evenly, whatever becomes of the others.

        A latency counts from the moment the message was due, so that a wait of the sender's is not left out.
        """
        self._begin(action)
        count = len(self.sockets)
        begins_at = time.perf_counter()
        warmed_up = 0
        for number in range(int(count * (warm_up_s + seconds) / interval_s)):
            due_at = begins_at + number * interval_s / count
            while (wait_s := due_at - time.perf_counter()) > 0:
                await asyncio.sleep(max(wait_s, SHORTEST_SLEEP_S))
            if not warmed_up and due_at - begins_at >= warm_up_s:
                self.tally.latencies_ms, warmed_up = array("d"), self.tally.answered
            self._send_if_free(self.sockets[number % count], due_at)
        self.tally.measured = self.tally.answered - warmed_up
        await self._until_answered()

    def _send_if_free(self, socket: Socket, due_at: float) -> None:
        if socket in self.open:
            self.tally.late += 1
            return
        self.open.add(socket)
        socket.heard = self._heard
        socket.say(self.action, due_at)

    async def calls(self) -> dict[str, float]:
        """When each charger was last asked to start (of those that were), by the machine's monotonic clock."""
        return {socket.charger.identity: socket.called_at for socket in self.sockets if socket.called_at}

    async def keep(self, count: int) -> None:
        """Close all sockets but so many."""
        for socket in self.sockets[count:]:
            socket.close()
        del self.sockets[count:]

    def _begin(self, action: str) -> None:
        self.action = action
        lost = sum(socket.is_lost for socket in self.sockets)
        if lost:
            self.tally.refuse(f"{lost} sockets were closed")

    async def _until_answered(self) -> None:
        until = time.perf_counter() + ANSWER_LIMIT_S
        while self.open and time.perf_counter() < until:
            await asyncio.sleep(0.01)
        if self.open:
            self.tally.refuse(f"{len(self.open)} messages were not answered")
            self.open.clear()

    def _heard(self, socket: Socket, payload: bytes, latency_s: float) -> None:
        self.open.discard(socket)
        if not payload.startswith(socket.expected):
            self.tally.refuse(payload.decode()[:200])
            return
        self.tally.answered += 1
        self.tally.latencies_ms.append(latency_s * 1000)
        if self.action == "StartTransaction":
            socket.own_transaction_id = b"%d" % orjson.loads(payload)[2]["transactionId"]

    def _heard_in_loop(self, socket: Socket, payload: bytes, latency_s: float) -> None:
        self._heard(socket, payload, latency_s)
        if time.perf_counter() < self.ends_at and not self.tally.refused:
            self.open.add(socket)
            socket.say(self.action)

    def _heard_counted(self, socket: Socket, payload: bytes, latency_s: float) -> None:
        self._heard(socket, payload, latency_s)
        if self.left[socket] > 0 and not self.tally.refused:
            self.left[socket] -= 1
            self.open.add(socket)
            socket.say(self.action)

    async def obey(self, order: str, fields: dict[str, Any]) -> dict[str, Any]:
        self.tally = Tally()
        cpu_s = time.process_time()
        try:
            said = await getattr(self, order)(**fields)
        except Refused as refusal:
            self.tally.refuse(str(refusal))
            said = None
        return {
            "cpu_s": time.process_time() - cpu_s,
            "answered": self.tally.answered,
            "measured": self.tally.measured,
            "late": self.tally.late,
            "refusals": len(self.tally.refused),
            "refused": self.tally.refused[:3],
            "latencies_ms": self.tally.latencies_ms.tolist(),
            "said": said,
        }


async def main(arguments: Sequence[str]) -> None:
    """Ends with its input."""
    generator = Generator(*arguments)
    reader = asyncio.StreamReader(limit=LONGEST_ORDER)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        result = await generator.obey(*orjson.loads(line))
        sys.stdout.buffer.write(orjson.dumps(result) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(main(sys.argv[1:]))
