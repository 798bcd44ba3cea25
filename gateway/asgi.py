"""The gateway as an ASGI application: chargers at /ocpp/<identity>, and two questions an operator's tools ask."""

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from gateway.consumer import StationConsumer  # noqa: E402  (needs the apps)
from gateway.process import gateway, running_gateway  # noqa: E402

station = StationConsumer.as_asgi()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """WebSockets are chargers; HTTP is /livez (the process answers) and /readyz (it takes chargers)."""
    if scope["type"] == "websocket":
        await station(scope, receive, send)
    elif scope["type"] == "http":
        status, text = _answer(scope["path"])
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})
    elif scope["type"] == "lifespan":
        await _live(receive, send)


def _answer(path: str) -> tuple[int, bytes]:
    if path == "/livez":
        return 200, b"ok\n"
    if path == "/readyz":
        process = running_gateway()
        return (200, b"ok\n") if process is not None and process.is_ready else (503, b"not ready\n")
    return 404, b"Chargers connect to /ocpp/<identity> by WebSocket.\n"


async def _live(receive: Any, send: Any) -> None:
    """For servers that announce start and stop (uvicorn); Daphne does not, see gateway/server.py."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await gateway()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await (await gateway()).drain()
            await send({"type": "lifespan.shutdown.complete"})
            return
