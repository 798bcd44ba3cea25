"""The route tables of the three OCPP versions."""

from gateway import v16, v21, v201
from gateway.routing import Routes
from stations.states import OcppVersion

ROUTES: dict[OcppVersion, Routes] = {
    OcppVersion.V16: v16.ROUTES,
    OcppVersion.V201: v201.ROUTES,
    OcppVersion.V21: v21.ROUTES,
}
