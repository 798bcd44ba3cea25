"""However a handshake is spelled and in whatever pieces it comes, it is read alike (RFC 9112 §3, §5; RFC 6455 §4.1)."""

import asyncio

import pytest

from gateway.doorway import LARGEST, target_of
from stations.models import Site
from tests.conftest import SECRET, add_station
from tests.gateway.knocking import KEY, basic
from tests.harness import GatewayUnderTest

IDENTITY = "spelled_oddly"
PLAIN = (
    f"GET /ocpp/{IDENTITY} HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {KEY}\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: ocpp1.6\r\n"
    f"Authorization: {basic(IDENTITY, SECRET)}\r\n"
    "\r\n"
).encode()
# What it is, whether it is read at once, and what answers it.
SPELLINGS = {
    "as usual": (PLAIN, True, 101),
    "names in capitals": (PLAIN.replace(b"Upgrade: websocket", b"UPGRADE:WebSocket  "), True, 101),
    "with a query": (PLAIN.replace(b" HTTP/1.1", b"?site=harbour HTTP/1.1"), True, 101),
    "a folded header": (PLAIN.replace(b"Host: 127", b"X-Vendor: a\r\n b\r\nHost: 127"), False, 101),
    "a header that is not ASCII": (PLAIN.replace(b"Host: 127", b"X-Vendor: M\xfcller\r\nHost: 127"), False, 101),
    "an empty body": (PLAIN.replace(b"Host: 127", b"Content-Length: 0\r\nHost: 127"), False, 101),
    "more headers than fit": (PLAIN.replace(b"Host: 127", b"X-Long: " + b"a" * LARGEST + b"\r\nHost: 127"), False, 101),
    "no WebSocket": (PLAIN.replace(b"Upgrade: websocket\r\n", b""), False, 404),
    "another method": (PLAIN.replace(b"GET", b"PUT"), False, 405),
    "an old version of HTTP": (PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"), False, 101),
    "a target that is not ASCII": (PLAIN.replace(b"spelled", b"sp\xc3\xa9lled"), False, 400),
    "no HTTP at all": (b"\x05\x01\x00 a client of a proxy at the wrong port\r\n\r\n", False, 400),
}


@pytest.fixture
def _known(harbour: Site) -> None:
    add_station(harbour, IDENTITY)


@pytest.mark.usefixtures("_known")
@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_handshake_is_answered_the_same_in_one_piece_and_in_many(
    spelling: str, quiet_gateway: GatewayUnderTest
) -> None:
    data, is_read_at_once, status = SPELLINGS[spelling]
    assert (target_of(data) is not None) == is_read_at_once
    half = len(data) // 2
    for pieces in ([data], [data[:half], data[half:]], [data[:1], data[1:]]):
        assert await _answer(quiet_gateway.port, pieces) == status


async def test_what_operators_tools_ask_is_still_answered(quiet_gateway: GatewayUnderTest) -> None:
    assert await _answer(quiet_gateway.port, [b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"]) == 200


async def _answer(port: int, pieces: list[bytes]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)
        async with asyncio.timeout(20):
            line = await reader.readuntil(b"\r\n")
        return int(line.split()[1])
    finally:
        writer.close()
