"""A load generator that costs little itself: bare asyncio, frames made by hand (RFC 6455), answers matched in order."""

import asyncio
import base64
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

MASK = b"\x00\x00\x00\x00"
"""A mask of zeros is a valid mask and saves the masking."""


@dataclass
class Tally:
    """What all connections saw."""

    latencies_s: list[float] = field(default_factory=list)
    answered: int = 0
    errors: int = 0


class Socket(asyncio.Protocol):
    """One charger in a closed loop: the next message goes out when the last is answered."""

    def __init__(self, request: bytes, tally: Tally, next_text: Callable[[], str]) -> None:
        self.request = request
        self.tally = tally
        self.next_text = next_text
        self.upgraded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.is_running = False
        self.sent_at = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.request)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.upgraded.done():
            self.upgraded.set_exception(ConnectionError("refused"))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.upgraded.done():
            self._take_upgrade()
        while self._take_frame():
            pass

    def _take_upgrade(self) -> None:
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if separator:
            self.buffer = rest
            if b" 101 " in head.split(b"\r\n")[0]:
                self.upgraded.set_result(None)
            else:
                self.upgraded.set_exception(ConnectionError(head.decode()[:200]))

    def _take_frame(self) -> bool:
        if not self.upgraded.done() or len(self.buffer) < 2:
            return False
        length, start = self.buffer[1] & 127, 2
        if length == 126:
            if len(self.buffer) < 4:
                return False
            length, start = struct.unpack(">H", self.buffer[2:4])[0], 4
        if len(self.buffer) < start + length:
            return False
        opcode, payload = self.buffer[0] & 15, self.buffer[start : start + length]
        self.buffer = self.buffer[start + length :]
        if opcode == 9:
            self._write(payload, opcode=10)
        elif opcode == 1:
            self._take_text(payload)
        return True

    def _take_text(self, payload: bytes) -> None:
        if payload.startswith(b"[2,"):
            message_id = payload.split(b'"')[1].decode()
            self._write(f'[4,"{message_id}","NotSupported","",{{}}]'.encode())
            return
        self.tally.answered += 1
        self.tally.errors += payload.startswith(b"[4,")
        self.tally.latencies_s.append(time.perf_counter() - self.sent_at)
        if self.is_running:
            self.send()

    def send(self) -> None:
        self.sent_at = time.perf_counter()
        self._write(self.next_text().encode())

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def _write(self, payload: bytes, opcode: int = 1) -> None:
        size = len(payload)
        head = bytes([128 | opcode]) + (bytes([128 | size]) if size < 126 else bytes([254]) + struct.pack(">H", size))
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(head + MASK + payload)


def upgrade_request(path: str, *, username: str, password: str) -> bytes:
    """The opening handshake of an OCPP 1.6 charger with Basic authentication."""
    credentials = base64.b64encode(f"{username}:{password}".encode()).decode()
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: ocpp1.6",
        f"Authorization: Basic {credentials}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
