"""The tables of OCPP 2.0.1."""

from gateway.routing import Routes
from stations.states import OcppVersion

ROUTES = Routes(OcppVersion.V201)
on = ROUTES.on
sends = ROUTES.sends
after = ROUTES.after
