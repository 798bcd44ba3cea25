"""Frames that are too large, too deep, too many bytes a character: only their own socket may feel it."""

import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.conftest import every_version
from tests.gateway.conftest import OpenSocket
from tests.gateway.socket import Socket
from tests.harness import GatewayUnderTest

LIMIT = 1_048_576


@every_version
async def test_a_frame_beyond_the_limit_closes_its_socket_with_1009(open_raw: OpenSocket, version: str) -> None:
    neighbour, socket = await open_raw(version, "neighbour"), await open_raw(version)
    await socket.send(json.dumps([2, "big", "DataTransfer", {"vendorId": "v", "data": "x" * LIMIT}]))
    assert await socket.closed() == 1009
    assert (await neighbour.call("Heartbeat", {}))[0] == 3


async def test_fragments_count_together(open_raw: OpenSocket) -> None:
    neighbour, socket = await open_raw("1.6", "neighbour"), await open_raw("1.6")

    async def parts() -> AsyncIterator[str]:
        for _ in range(40):
            yield "x" * 50_000

    with contextlib.suppress(ConnectionClosed):
        await socket.connection.send(parts())
    assert await socket.closed() == 1009
    assert (await neighbour.call("Heartbeat", {}))[0] == 3


@every_version
async def test_a_frame_just_within_the_limit_is_answered(socket: Socket, version: str) -> None:
    frame = json.dumps([2, "big", "DataTransfer", {"vendorId": "v", "data": ""}])
    padded = frame.replace('""', '"' + "x" * (LIMIT - len(frame)) + '"')
    assert len(padded) == LIMIT
    assert [answer[0] for answer in await socket.ask(padded)] == [3]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[2,"deep","DataTransfer",{"vendorId":"v","data":', '[2,"deep",'])
async def test_ten_thousand_levels(open_raw: OpenSocket, opening: str) -> None:
    for version in ("1.6", "2.1"):
        socket = await open_raw(version)
        repeated = opening if opening in {"[", '{"a":'} else "["
        text = opening + repeated * 10_000
        assert len(await socket.ask(text)) <= 1
        closed = '[2,"deep","DataTransfer",{"vendorId":"v","data":' + "[" * 10_000 + "]" * 10_000 + "}]"
        answers = await socket.ask(closed)
        assert [answer[:2] for answer in answers] == [[4, "deep"]]


HOSTILE = [
    '[2,"h","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"x","sampledValue":[%s]}]}]',
    '[2,"h","StopTransaction",{"transactionId":1,"meterStop":1,"timestamp":"x","transactionData":[%s]}]',
]
PIECES = ["1", "null", '{"value":1}', '{"value":"1","x":1}', '{"value":"1","unit":"Hz"}', "{}", '"\\u0000"']


async def test_a_megabyte_of_small_errors_holds_up_nobody(
    unhurried_gateway: GatewayUnderTest, open_raw: OpenSocket
) -> None:
    """Each error that is found costs time; a frame made of them took two minutes of the event loop."""
    neighbour = await open_raw("1.6", "neighbour", url=unhurried_gateway.url)
    socket = await open_raw("1.6", url=unhurried_gateway.url)
    waits = []
    for frame, size, piece in itertools.product(HOSTILE, (60_000, 1_000_000), PIECES):
        asked = time.monotonic()
        await socket.send(frame % ",".join([piece] * (size // (len(piece) + 1))))
        assert (await socket.receive())[1] == "h"
        assert (await neighbour.call("Heartbeat", {}))[0] == 3
        waits.append(time.monotonic() - asked)
    assert max(waits) < 10


async def test_text_that_is_no_utf_8_is_read_with_marks(open_raw: OpenSocket) -> None:
    socket = await open_raw("1.6")
    for garbage in (b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82"):
        answers = await socket.ask(b'[2,"utf","DataTransfer",{"vendorId":"' + garbage + b'"}]')
        assert [answer[:2] for answer in answers] == [[3, "utf"]]


async def test_binary_pings_and_empty_frames_are_harmless(open_raw: OpenSocket) -> None:
    socket = await open_raw("2.0.1")
    await socket.connection.send(b"")
    await socket.connection.send(b"\x00\x01\x02")
    await (await socket.connection.ping(b"x" * 125))
    assert [answer[1] for answer in await socket.answers_before_heartbeat()] == ["-1", "-1"]


BROKEN = [b"\xc1\x05hello", b"\x83\x80\x00\x00\x00\x00", b"\x81\x05hello", b"\x09\x80\0\0\0\0"]


@pytest.mark.parametrize("broken", BROKEN)
async def test_frames_that_break_the_websocket_protocol_close_with_1002(open_raw: OpenSocket, broken: bytes) -> None:
    """Reserved bits (quirks A12), reserved opcodes, no mask, a ping in two fragments: RFC 6455 §5."""
    neighbour, socket = await open_raw("1.6", "neighbour"), await open_raw("1.6")
    socket.connection.transport.write(broken)
    assert await socket.closed() == 1002
    assert (await neighbour.call("Heartbeat", {}))[0] == 3


async def test_a_socket_cut_in_the_middle_of_a_frame(open_raw: OpenSocket) -> None:
    neighbour = await open_raw("1.6", "neighbour")
    for number in range(5):
        socket = await open_raw("1.6", f"cut-{number}")
        socket.connection.transport.write(b"\x81\xfe\x10\x00\0\0\0\0" + b"x" * 100)
        socket.connection.transport.abort()
        assert await socket.closed() == 1006
    assert (await neighbour.call("Heartbeat", {}))[0] == 3
