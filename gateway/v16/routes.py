"""The tables of OCPP 1.6."""

from gateway.routing import Routes
from stations.states import OcppVersion

ROUTES = Routes(OcppVersion.V16)
on = ROUTES.on
sends = ROUTES.sends
after = ROUTES.after
