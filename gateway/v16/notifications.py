"""Notifications that change nothing here: confirmed with an empty answer, and kept in the wire log."""

from typing import Any

from gateway.exchange import Exchange


async def on_notification(exchange: Exchange, **_: Any) -> dict[str, Any]:
    return {}
