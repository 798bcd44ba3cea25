"""Notifications new in OCPP 2.1 that change nothing here: confirmed, and kept in the wire log."""

from typing import Any

from gateway.exchange import Exchange
from gateway.v21.routes import on


@on("NotifyPriorityCharging")  # K24
@on("NotifyDERAlarm")  # R04
@on("NotifyDERStartStop")  # R04
@on("ReportDERControl")  # R04
async def on_notification(exchange: Exchange, **_: Any) -> dict[str, Any]:
    return {}
