"""A station that is not polite: any text, any bytes, at any time, and a look at everything that comes back."""

import asyncio
import itertools
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.conftest import SECRET
from tests.gateway.knocking import basic

BOOTS: dict[str, dict[str, Any]] = {
    "1.6": {"chargePointVendor": "Voltaria", "chargePointModel": "Raw 1"},
    "2.0.1": {"reason": "PowerUp", "chargingStation": {"vendorName": "Voltaria", "model": "Raw 2"}},
    "2.1": {"reason": "PowerUp", "chargingStation": {"vendorName": "Voltaria", "model": "Raw 3"}},
}
ANSWER_TIMEOUT_S = 30


class Socket:
    """One WebSocket. Use ``open_socket``."""

    def __init__(self, connection: ClientConnection, version: str) -> None:
        self.connection = connection
        self.version = version
        self.numbers = itertools.count(1)
        self.commands: list[list[Any]] = []
        """CALLs of the server, all unanswered."""

    async def send(self, frame: Any) -> None:
        """Text and bytes go as they are (bytes as a text frame, valid or not), anything else as JSON."""
        if isinstance(frame, bytes):
            await self.connection.send(frame, text=True)
        else:
            await self.connection.send(frame if isinstance(frame, str) else json.dumps(frame))

    async def receive(self) -> list[Any]:
        """The next frame that is no CALL of the server's."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            while True:
                frame: list[Any] = json.loads(await self.connection.recv())
                if frame[0] != 2:
                    return frame
                self.commands.append(frame)

    async def command(self) -> list[Any]:
        """The server's next CALL."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            while not self.commands:
                frame = json.loads(await self.connection.recv())
                assert frame[0] == 2, frame
                self.commands.append(frame)
        return self.commands.pop(0)

    async def call(self, action: str, payload: Any, message_id: Any = None) -> list[Any]:
        """Send a CALL; returns the frame that answers it."""
        message_id = message_id or f"raw-{next(self.numbers)}"
        await self.send([2, message_id, action, payload])
        answer = await self.receive()
        assert answer[1] == message_id, answer
        return answer

    async def ask(self, frame: Any) -> list[list[Any]]:
        """Everything that comes back for a frame. A Heartbeat sent behind it must be answered, after it."""
        await self.send(frame)
        return await self.answers_before_heartbeat()

    async def answers_before_heartbeat(self) -> list[list[Any]]:
        heartbeat = f"heartbeat-{next(self.numbers)}"
        await self.send([2, heartbeat, "Heartbeat", {}])
        answers = []
        while (answer := await self.receive())[1] != heartbeat:
            answers.append(answer)
        assert answer[0] == 3, answer
        return answers

    async def boot(self) -> None:
        answer = await self.call("BootNotification", BOOTS[self.version])
        assert answer[2]["status"] == "Accepted", answer

    async def closed(self) -> int:
        """Wait until the server has closed; returns the code."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await self.connection.wait_closed()
        return self.connection.close_code or 1006


async def open_socket(
    url: str, identity: str, version: str = "1.6", *, password: str | bytes = SECRET, boots: bool = True, **options: Any
) -> Socket:
    """Connect with Basic authentication; booted unless told otherwise."""
    options.setdefault("compression", None)
    connection = await connect(
        f"{url}/{identity}",
        subprotocols=[Subprotocol(f"ocpp{version}")],
        additional_headers={"Authorization": basic(identity, password)},
        proxy=None,
        ping_interval=None,
        close_timeout=3,
        **options,
    )
    socket = Socket(connection, version)
    if boots:
        await socket.boot()
    return socket
