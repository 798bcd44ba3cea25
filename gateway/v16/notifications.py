"""Notifications that change nothing here: confirmed with an empty answer, and kept in the wire log."""

from typing import Any

from gateway.exchange import Exchange
from gateway.v16.routes import on


@on("SecurityEventNotification")  # security whitepaper
async def on_notification(exchange: Exchange, **_: Any) -> dict[str, Any]:
    return {}
