"""OCPP 2.1 N01: the log of the data collector is new."""

from firmware.commands import GetLog
from firmware.states import LogKind
from gateway.routing import Call, Facts
from gateway.v21.routes import sends
from gateway.v201 import diagnostics

# The one value of LogEnumType that OCPP 2.0.1 has not. All of ocpp.v21 for it would be a tenth of a gateway's start.
DATA_COLLECTOR_LOG = "DataCollectorLog"


@sends(GetLog, "GetLog")
def send_get_log(request: GetLog, facts: Facts) -> Call:
    if request.kind != LogKind.DATA_COLLECTOR:
        return diagnostics.send_get_log(request, facts)
    return Call("GetLog", {"logType": DATA_COLLECTOR_LOG, **diagnostics.asked(request)})
