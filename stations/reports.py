"""What doors tell about stations: typed and free of any OCPP version."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from stations.models.variable import AttributeType, Mutability
from stations.states import CertificateKind, ConnectorStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class BootReport:
    """What a station says of itself when it boots."""

    vendor: str
    model: str
    serial_number: str = ""
    firmware_version: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""
    iccid: str = ""
    imsi: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The status of a connector. ``evse_number`` 0 is the station; ``status`` None is OCPP 2.x Occupied."""

    station_id: int
    evse_number: int
    connector_number: int
    status: ConnectorStatus | None
    reported_at: datetime | None
    received_at: datetime
    error_code: str = ""
    error_info: str = ""
    vendor_id: str = ""
    vendor_error_code: str = ""
    only_if_occupied: bool = False
    """What a session tells of its connector: nothing, where it is free or out of order by now."""


class ConnectorChange(NamedTuple):
    """A connector that has a new status."""

    station_id: int
    connector_id: int
    evse_number: int
    connector_number: int
    status: ConnectorStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportedVariable:
    """One attribute of one variable as reported. ``value`` None: not told."""

    name: str
    value: str | None
    component: str = ""
    component_instance: str = ""
    evse_number: int | None = None
    connector_number: int | None = None
    instance: str = ""
    attribute: AttributeType = AttributeType.ACTUAL
    mutability: Mutability = Mutability.READ_WRITE
    unit: str = ""
    data_type: str = ""
    values_list: str = ""
    min_limit: float | None = None
    max_limit: float | None = None


@dataclass(frozen=True, slots=True)
class ReportedCertificate:
    """A certificate as a station names it: by hashes of its issuer."""

    kind: CertificateKind
    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str
    is_below: bool = False
