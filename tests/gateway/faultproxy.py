"""A server in between: a database or Redis that goes away, or hangs, for one gateway only."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class FaultProxy:
    """Forwards a unix socket to another until told otherwise."""

    def __init__(self, path: Path, target: Path) -> None:
        self.path = path
        self.target = target
        self.flows = asyncio.Event()
        self.flows.set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.server: asyncio.Server | None = None

    async def open(self) -> None:
        self.server = await asyncio.start_unix_server(self._accept, self.path)

    async def cut(self) -> None:
        """Close every connection and take no new one."""
        if self.server is not None:
            self.server.close()
            self.path.unlink(missing_ok=True)
        for task in list(self.tasks):
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)

    def freeze(self) -> None:
        """Connections stay, and nothing flows: a process that was stopped, a disk that hangs."""
        self.flows.clear()

    def thaw(self) -> None:
        self.flows.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        with contextlib.suppress(asyncio.CancelledError):
            await self._join(reader, writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self.target)
        pumps = [asyncio.create_task(self._pump(reader, back)), asyncio.create_task(self._pump(there, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for end in (writer, back):
                end.close()
            for end in (writer, back):
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                await self.flows.wait()
                sink.write(data)
                await sink.drain()


@asynccontextmanager
async def fault_proxy(path: Path, target: Path) -> AsyncIterator[FaultProxy]:
    proxy = FaultProxy(path, target)
    await proxy.open()
    try:
        yield proxy
    finally:
        proxy.thaw()
        await proxy.cut()
