"""Who is alive: any byte counts, pings are asked, and only silence ends a socket (quirks A19 to A21)."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from websockets.frames import Frame, Opcode

from tests.gateway.conftest import OpenSocket, complaints
from tests.gateway.socket import Socket
from tests.harness import GatewayUnderTest

PING_S = 1
IDLE_S = 12


@pytest.fixture
async def hurried(committed: None) -> AsyncIterator[GatewayUnderTest]:
    """Pings after a second of silence; gives up after 3 unanswered ones, or 12 s where none was ever answered."""
    process = await asyncio.to_thread(
        GatewayUnderTest, OCPP_PING_INTERVAL_S=str(PING_S), OCPP_IDLE_LIMIT_S=str(IDLE_S), OCPP_FIRST_BYTES_S="2"
    )
    yield process
    assert await asyncio.to_thread(process.stop) == 0
    assert complaints(process.output()) == []


def mute_pongs(socket: Socket) -> None:
    """Never answer a ping from now on."""
    protocol = socket.connection.protocol
    send_frame = protocol.send_frame

    def send_all_but_pongs(frame: Frame) -> None:
        if frame.opcode is not Opcode.PONG:
            send_frame(frame)

    protocol.send_frame = send_all_but_pongs  # type: ignore[method-assign]


async def test_q019_who_answers_pings_stays_who_talks_stays_who_is_silent_goes(
    hurried: GatewayUnderTest, open_raw: OpenSocket
) -> None:
    """Pings and pongs count like any byte. Defect 6. Who never says a word is not even asked."""
    wordless, writer = await asyncio.open_connection("127.0.0.1", hurried.port)
    answering = await open_raw("1.6", "answering", url=hurried.url)
    talking = await open_raw("1.6", "talking", url=hurried.url)
    fallen_silent = await open_raw("1.6", "fallen-silent", url=hurried.url)
    opened_at = time.monotonic()
    never_ponging = await open_raw("1.6", "never-ponging", url=hurried.url)
    mute_pongs(talking)
    mute_pongs(never_ponging)
    ponged = asyncio.Event()
    protocol = fallen_silent.connection.protocol
    send_frame = protocol.send_frame

    def note_pong(frame: Frame) -> None:
        send_frame(frame)
        if frame.opcode is Opcode.PONG:
            ponged.set()

    protocol.send_frame = note_pong  # type: ignore[method-assign]

    async def talk() -> None:
        while True:
            await asyncio.sleep(PING_S / 2)
            assert (await talking.call("Heartbeat", {}))[0] == 3

    chat = asyncio.create_task(talk())
    await asyncio.wait_for(ponged.wait(), 15)
    mute_pongs(fallen_silent)
    assert await fallen_silent.closed() == 1006
    assert time.monotonic() - opened_at < IDLE_S + 8
    assert never_ponging.connection.close_code is None or time.monotonic() - opened_at >= IDLE_S
    assert await never_ponging.closed() == 1006
    assert time.monotonic() - opened_at >= IDLE_S
    assert not chat.done()
    assert (await answering.call("Heartbeat", {}))[0] == 3
    chat.cancel()
    await asyncio.wait([chat])
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(wordless.read(), 30) == b""
    writer.close()
