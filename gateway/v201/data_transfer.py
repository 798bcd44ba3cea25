"""OCPP 2.0.1 block P: data transfer."""

from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import DataTransferStatusEnumType

from gateway.exchange import Exchange
from gateway.routing import Call, Facts
from gateway.v201.routes import on, sends
from stations.commands import DataTransfer


@on("DataTransfer")
async def on_data_transfer(exchange: Exchange, *, vendor_id: str, **_: Any) -> call_result.DataTransfer:
    """P02. No vendor's messages are known here: that is a status, not an error."""
    return call_result.DataTransfer(status=DataTransferStatusEnumType.unknown_vendor_id)


@sends(DataTransfer, "DataTransfer")
def send_data_transfer(request: DataTransfer, facts: Facts) -> Call:
    """P01."""
    payload = {"vendorId": request.vendor_id, "messageId": request.message_id, "data": request.data}
    return Call("DataTransfer", {name: value for name, value in payload.items() if value})
