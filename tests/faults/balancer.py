"""One address for several gateways: a TCP balancer, which asks the next when one does not answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager


class Balancer:
    """``ports`` may be changed at any time; connections that are open stay where they are, until ``cut``."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = list(ports)
        self.turn = 0
        self.joined: dict[asyncio.Task[None], int] = {}
        """Each connection and the port it went to."""
        self.flows = asyncio.Event()
        self.flows.set()
        self.url = ""

    def cut(self) -> None:
        """Break every connection at once, as when a site loses its power or its line."""
        for task in self.joined:
            task.cancel()

    def freeze(self) -> None:
        """The peers vanish without a word: connections stay, and nothing flows any more, in either direction."""
        self.flows.clear()

    def thaw(self) -> None:
        self.flows.set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.joined[task] = 0
        ends = [writer]
        try:
            there, back, self.joined[task] = await self._open()
            ends.append(back)
            await self._join((reader, back), (there, writer))
            for end in ends:
                end.close()
        except asyncio.CancelledError:
            for end in ends:
                end.transport.abort()
        finally:
            del self.joined[task]

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, int]:
        while True:
            for _ in range(len(self.ports)):
                self.turn += 1
                port = self.ports[self.turn % len(self.ports)]
                with contextlib.suppress(OSError):
                    return *await asyncio.open_connection("127.0.0.1", port), port
            await asyncio.sleep(0.05)

    async def _join(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        pumps = [asyncio.create_task(self._pump(*way)) for way in ways]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.wait(pumps)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                await self.flows.wait()
                sink.write(data)
                await sink.drain()


@asynccontextmanager
async def balancing(*ports: int) -> AsyncIterator[Balancer]:
    balancer = Balancer(ports)
    server = await asyncio.start_server(balancer.accept, "127.0.0.1", 0)
    balancer.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ocpp"
    try:
        yield balancer
    finally:
        server.close()
        balancer.thaw()
        tasks = list(balancer.joined)
        balancer.cut()
        if tasks:
            await asyncio.wait(tasks)
