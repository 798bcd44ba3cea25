"""The tables of OCPP 2.1: they start from those of 2.0.1."""

from gateway import v201
from gateway.routing import Routes
from stations.states import OcppVersion

ROUTES: Routes = v201.ROUTES.extended(OcppVersion.V21)
on = ROUTES.on
sends = ROUTES.sends
after = ROUTES.after
