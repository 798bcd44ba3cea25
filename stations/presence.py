"""Which state people are shown, of a station and of an EVSE."""

from stations.looks import OFFLINE
from stations.models import ChargingStation, Evse
from stations.states import ConnectorStatus

# What matters most comes first: an EVSE with several connectors shows this one.
URGENCY = [
    ConnectorStatus.FAULTED,
    ConnectorStatus.CHARGING,
    ConnectorStatus.SUSPENDED_EV,
    ConnectorStatus.SUSPENDED_EVSE,
    ConnectorStatus.FINISHING,
    ConnectorStatus.PREPARING,
    ConnectorStatus.RESERVED,
    ConnectorStatus.AVAILABLE,
    ConnectorStatus.UNAVAILABLE,
    ConnectorStatus.UNKNOWN,
]


def presence(station: ChargingStation) -> str:
    """A state of the vocabulary "station". Reads ``connection__gateway``."""
    if not station.is_enabled:
        return "disabled"
    if station.is_online:
        return "online"
    return OFFLINE if station.last_seen_at else "never"


def evse_status(evse: Evse, *, is_online: bool) -> str:
    """A state of the vocabulary "connector". Reads the connectors; what an offline station said last is old."""
    if not is_online:
        return OFFLINE
    statuses = {ConnectorStatus(connector.status) for connector in evse.connectors.all()}
    return next((status for status in URGENCY if status in statuses), ConnectorStatus.UNKNOWN)
