"""OCPP 1.6 §4.3, §5.7 Data Transfer."""

from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import DataTransferStatus

from gateway.exchange import Exchange
from gateway.routing import Call, Facts
from gateway.v16.routes import on, sends
from stations.commands import DataTransfer


@on("DataTransfer")
async def on_data_transfer(exchange: Exchange, *, vendor_id: str, **_: Any) -> call_result.DataTransfer:
    """No vendor's messages are known here: that is a status, not an error (§4.3)."""
    return call_result.DataTransfer(status=DataTransferStatus.unknown_vendor_id)


@sends(DataTransfer, "DataTransfer")
def send_data_transfer(request: DataTransfer, facts: Facts) -> Call:
    payload = {"vendorId": request.vendor_id, "messageId": request.message_id, "data": request.data}
    return Call("DataTransfer", {name: value for name, value in payload.items() if value})
