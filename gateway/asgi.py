"""The gateway as an ASGI application: chargers at /ocpp/<identity>, and what an operator's tools ask."""

import os
from collections.abc import Mapping
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from gateway import metrics  # noqa: E402  (needs the apps)
from gateway.consumer import StationConsumer  # noqa: E402
from gateway.process import gateway, running_gateway  # noqa: E402
from live.metrics import may_read_metrics  # noqa: E402

station = StationConsumer.as_asgi()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """WebSockets are chargers; HTTP is /livez (the process answers), /readyz (it takes chargers), /metrics."""
    if scope["type"] == "websocket":
        await station(scope, receive, send)
    elif scope["type"] == "http":
        status, text = _answer(scope)
        headers = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})
    elif scope["type"] == "lifespan":
        await _live(receive, send)


def _answer(scope: Mapping[str, Any]) -> tuple[int, bytes]:
    path, process = scope["path"], running_gateway()
    if path == "/livez":
        return 200, b"ok\n"
    if path == "/readyz":
        return (200, b"ok\n") if process is not None and process.is_ready else (503, b"not ready\n")
    if path == "/metrics":
        if not _may_read_metrics(scope):
            return 403, b"Present METRICS_TOKEN as a bearer token, or ask from this machine where none is set.\n"
        return (200, metrics.page(process)) if process is not None else (503, b"not ready\n")
    return 404, b"Chargers connect to /ocpp/<identity> by WebSocket.\n"


def _may_read_metrics(scope: Mapping[str, Any]) -> bool:
    headers = dict(scope["headers"])
    client = scope.get("client")
    return may_read_metrics(
        authorization=headers.get(b"authorization", b"").decode("latin-1"),
        peer=client[0] if client else None,
        is_forwarded=b"x-forwarded-for" in headers,
    )


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
