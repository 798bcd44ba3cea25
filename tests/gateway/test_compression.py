"""permessage-deflate (RFC 7692): OCPP 2.x asks for it, OCPP 1.6 does not get it (standards §7.1 rule 5)."""

import zlib

import pytest

from tests.conftest import VERSIONS
from tests.gateway.conftest import OpenSocket


@pytest.mark.parametrize("version", VERSIONS)
async def test_it_is_negotiated_for_2_x_only(open_raw: OpenSocket, version: str) -> None:
    socket = await open_raw(version, compression="deflate")
    names = [extension.name for extension in socket.connection.protocol.extensions]
    assert names == ([] if version == "1.6" else ["permessage-deflate"])
    answer = await socket.call("DataTransfer", {"vendorId": "v", "data": "x" * 100_000})
    assert answer[0] == 3


@pytest.mark.parametrize("version", VERSIONS)
async def test_nobody_is_forced_to_compress(open_raw: OpenSocket, version: str) -> None:
    socket = await open_raw(version)
    assert socket.connection.protocol.extensions == []
    assert (await socket.call("Heartbeat", {}))[0] == 3


async def test_a_bomb_closes_its_socket_before_it_is_unpacked(open_raw: OpenSocket) -> None:
    """A gigabyte of blanks in one megabyte."""
    neighbour = await open_raw("2.0.1", "neighbour")
    socket = await open_raw("2.0.1", compression="deflate")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    blanks = b" " * 1_000_000
    packed = b"".join(packer.compress(blanks) for _ in range(900)) + packer.flush(zlib.Z_SYNC_FLUSH)
    packed = packed.removesuffix(b"\x00\x00\xff\xff")
    assert len(packed) < 1_048_576
    header = b"\xc1\xff" + len(packed).to_bytes(8) + b"\0\0\0\0"
    socket.connection.transport.write(header + packed)
    assert await socket.closed() in {1007, 1009}
    assert (await neighbour.call("Heartbeat", {}))[0] == 3
