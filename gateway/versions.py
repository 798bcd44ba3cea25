"""The route tables of the three OCPP versions."""

from gateway import v16, v21, v201
from gateway.not_supported import NOT_SUPPORTED, RAW
from gateway.routing import Routes
from stations.states import OcppVersion

ROUTES: dict[OcppVersion, Routes] = {
    OcppVersion.V16: v16.ROUTES,
    OcppVersion.V201: v201.ROUTES,
    OcppVersion.V21: v21.ROUTES,
}


def actions_of_ours(version: OcppVersion) -> frozenset[str]:
    """What a server sends in this version: what we have requests for, and what goes out as a raw call."""
    raw = {action for action, reason in NOT_SUPPORTED[version].items() if reason == RAW}
    return frozenset(raw | set(ROUTES[version].said.values()))
