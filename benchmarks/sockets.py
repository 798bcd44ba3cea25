"""A charger's end of a WebSocket that costs little itself: bare asyncio, frames made by hand (RFC 6455)."""

import asyncio
import base64
import os
import re
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from benchmarks.messages import FRAMES, Clock

MASK = b"\x00\x00\x00\x00"
"""A mask of zeros is a valid mask and saves us the masking; the server unmasks it as any other."""
TEXT, PING, PONG = 1, 9, 10
CALLS = {b"RemoteStartTransaction", b"RequestStartTransaction"}
"""What of the server's requests is accepted; all else is not supported."""

RETRY_AFTER = re.compile(r"^Retry-After: (\d+)", re.IGNORECASE | re.MULTILINE)

clock = Clock()


@dataclass(frozen=True, slots=True)
class Charger:
    """As whom a socket speaks. Both ids and the token are as they stand in a message."""

    identity: str
    version: str
    transaction_id: str
    token: str


class Refused(Exception):
    """No WebSocket came about; the text is what the server answered, if it did."""

    @property
    def pause_s(self) -> float | None:
        """When the server wants to see the charger again, if it said so (RFC 9110 §10.2.3)."""
        match = RETRY_AFTER.search(str(self))
        return float(match.group(1)) if match else None


class Socket(asyncio.Protocol):
    """Sends one message at a time; ``heard`` is called with each answer and its delay in seconds."""

    __slots__ = (
        "awaited",
        "buffer",
        "called_at",
        "charger",
        "due_at",
        "expected",
        "heard",
        "identity",
        "is_lost",
        "number",
        "own_transaction_id",
        "request",
        "token",
        "transaction_id",
        "transport",
        "upgraded",
    )

    def __init__(self, charger: Charger, request: bytes, heard: "Heard") -> None:
        self.charger = charger
        self.identity = charger.identity.encode()
        self.transaction_id = charger.transaction_id.encode()
        self.own_transaction_id = b"0"
        self.token = charger.token.encode()
        self.request = request
        self.heard = heard
        self.upgraded: asyncio.Future[None] | None = asyncio.get_running_loop().create_future()
        self.awaited: asyncio.Future[bytes] | None = None
        self.buffer = b""
        self.number = 0
        self.expected = b""
        self.due_at = 0.0
        self.called_at = 0.0
        self.is_lost = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.request)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_lost = True
        for future in (self.upgraded, self.awaited):
            if future is not None and not future.done():
                future.set_exception(Refused("the socket was closed"))

    def data_received(self, data: bytes) -> None:
        if self.buffer:
            data = self.buffer + data
        if self.upgraded is not None:
            data = self._take_upgrade(data)
        start = 0
        while (end := self._take_frame(data, start)) > start:
            start = end
        self.buffer = data[start:]

    def _take_upgrade(self, data: bytes) -> bytes:
        head, separator, rest = data.partition(b"\r\n\r\n")
        if not separator or self.upgraded is None:
            return data
        upgraded, self.upgraded = self.upgraded, None
        if b" 101 " in head.split(b"\r\n")[0]:
            upgraded.set_result(None)
        else:
            upgraded.set_exception(Refused(head.decode()[:200]))
        return rest

    def _take_frame(self, data: bytes, start: int) -> int:
        """Where the next frame begins; ``start`` again if this one is not whole."""
        if self.upgraded is not None or len(data) < start + 2:
            return start
        length, body = data[start + 1], start + 2
        if length == 126:
            if len(data) < start + 4:
                return start
            length, body = struct.unpack_from(">H", data, body)[0], start + 4
        end = body + length
        if len(data) < end:
            return start
        opcode = data[start] & 15
        if opcode == TEXT:
            self._take_text(data[body:end])
        elif opcode == PING:
            self._write(data[body:end], PONG)
        return end

    def _take_text(self, payload: bytes) -> None:
        if payload.startswith(b"[2,"):
            self._answer(payload)
        elif self.awaited is not None:
            awaited, self.awaited = self.awaited, None
            if payload.startswith(self.expected):
                awaited.set_result(payload)
            else:
                awaited.set_exception(Refused(payload.decode()[:200]))
        else:
            self.heard(self, payload, time.perf_counter() - self.due_at)

    def _answer(self, payload: bytes) -> None:
        _, message_id, _, action, *_ = payload.split(b'"', 4)
        if action in CALLS:
            self.called_at = time.monotonic()
            self._write(b'[3,"%s",{"status":"Accepted"}]' % message_id)
        else:
            self._write(b'[4,"%s","NotSupported","",{}]' % message_id)

    def say(self, action: str, due_at: float = 0.0) -> None:
        """``due_at``: when it should have been sent, by the clock of latencies; a sender that is late says so by it."""
        self.number += 1
        self.due_at = due_at or time.perf_counter()
        self.expected = b'[3,"%d",' % self.number
        self._write(FRAMES[action](self, clock.now()))

    async def ask(self, action: str) -> bytes:
        """The answer; ``heard`` is not told. Raises Refused."""
        awaited: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.awaited = awaited
        if self.is_lost:
            raise Refused("the socket was closed")
        self.say(action)
        return await awaited

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def _write(self, payload: bytes, opcode: int = TEXT) -> None:
        size = len(payload)
        head = bytes((128 | opcode, 128 | size)) if size < 126 else struct.pack(">BBH", 128 | opcode, 254, size)
        if self.transport is not None and not self.is_lost:
            self.transport.write(head + MASK + payload)


Heard = Callable[[Socket, bytes, float], None]


async def open_socket(charger: Charger, port: int, password: str, source: str, heard: Heard) -> Socket:
    """A WebSocket that is open. ``source`` is one of this machine's addresses: each has ports of its own."""
    request = _upgrade_request(charger, password)
    loop = asyncio.get_running_loop()
    try:
        _, socket = await loop.create_connection(
            lambda: Socket(charger, request, heard), "127.0.0.1", port, local_addr=(source, 0)
        )
    except OSError as error:
        raise Refused(str(error)) from error
    if socket.upgraded is not None:
        await socket.upgraded
    return socket


def _upgrade_request(charger: Charger, password: str) -> bytes:
    """The opening handshake with Basic authentication."""
    credentials = base64.b64encode(f"{charger.identity}:{password}".encode()).decode()
    lines = (
        f"GET /ocpp/{charger.identity} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: ocpp{charger.version}",
        f"Authorization: Basic {credentials}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
