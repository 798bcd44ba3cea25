"""(c) The gateway's own server with an application that reads a CALL and answers it, and does nothing else."""

import os
import sys
from typing import Any

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from gateway.server import serve  # noqa: E402


async def answer(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "ocpp1.6"})
    while (message := await receive())["type"] == "websocket.receive":
        frame = orjson.loads(message["text"])
        await send({"type": "websocket.send", "text": orjson.dumps([3, frame[1], {}]).decode()})


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    serve("127.0.0.1", 0, answer)
