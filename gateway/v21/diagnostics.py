"""OCPP 2.1 N01: the log of the data collector is new."""

from ocpp.v21.enums import LogEnumType

from firmware.commands import GetLog
from firmware.states import LogKind
from gateway.routing import Call, Facts
from gateway.v21.routes import sends
from gateway.v201 import diagnostics


@sends(GetLog, "GetLog")
def send_get_log(request: GetLog, facts: Facts) -> Call:
    if request.kind != LogKind.DATA_COLLECTOR:
        return diagnostics.send_get_log(request, facts)
    return Call("GetLog", {"logType": LogEnumType.data_collector_log, **diagnostics.asked(request)})
