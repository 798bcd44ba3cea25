"""A WebSocket handshake written by hand: what is on the wire, not what a library makes of it."""

import asyncio
import base64
import contextlib
import ssl
import warnings
from dataclasses import dataclass, field

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@dataclass
class Answer:
    """The HTTP answer to an upgrade request; the streams stay open after a 101."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    rest: bytes = field(default=b"")

    @property
    def subprotocol(self) -> str | None:
        return self.headers.get("sec-websocket-protocol")

    async def close_code(self) -> int:
        """The code of the close frame that comes next."""
        head = await self.reader.readexactly(2)
        body = await self.reader.readexactly(head[1] & 0x7F)
        assert head[0] == 0x88, head
        return int.from_bytes(body[:2])

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


def basic(username: str | bytes, password: str | bytes) -> str:
    """An Authorization header's value."""
    user = username.encode() if isinstance(username, str) else username
    secret = password.encode() if isinstance(password, str) else password
    return "Basic " + base64.b64encode(user + b":" + secret).decode()


def old_tls(
    ca_file: str | None, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_1, suites: str = "ALL"
) -> ssl.SSLContext:
    """Of a charger that knows nothing newer. Python warns of it, and OpenSSL speaks it at level 0 only."""
    context = ssl.create_default_context(cafile=ca_file)
    context.set_ciphers(f"{suites}:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    return context


async def knock(
    port: int,
    target: str | bytes,
    *,
    authorization: str | None = None,
    subprotocols: str | None = "ocpp1.6",
    headers: tuple[str, ...] = (),
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Ask for an upgrade at this request target; returns the answer, whatever it is."""
    lines = [
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {KEY}",
        "Sec-WebSocket-Version: 13",
        *headers,
    ]
    if authorization is not None:
        lines.append(f"Authorization: {authorization}")
    if subprotocols is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocols}")
    path = target.encode() if isinstance(target, str) else target
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    writer.write(b"GET " + path + b" HTTP/1.1\r\n" + "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
    try:
        return await _read(reader, writer)
    except BaseException:
        writer.close()
        raise


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
    async with asyncio.timeout(20):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status_line, *lines = head.strip().split("\r\n")
    pairs = [line.partition(":") for line in lines]
    headers: dict[str, str] = {}
    for name, _, value in pairs:
        assert name.lower() not in headers, f"{name} twice"
        headers[name.lower()] = value.strip()
    return Answer(int(status_line.split()[1]), headers, reader, writer)
