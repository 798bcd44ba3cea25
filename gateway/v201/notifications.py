"""Notifications that change nothing here: confirmed with an empty answer, and kept in the wire log."""

from typing import Any

from gateway.exchange import Exchange
from gateway.v201.routes import on


@on("PublishFirmwareStatusNotification")  # L03
@on("NotifyMonitoringReport")  # N02
@on("NotifyCustomerInformation")  # N09
@on("NotifyDisplayMessages")  # O03
@on("NotifyChargingLimit")  # K12
@on("ClearedChargingLimit")  # K13
async def on_notification(exchange: Exchange, **_: Any) -> dict[str, Any]:
    return {}
