"""Sites, stations and what belongs to the hardware."""

from stations.models.batch import CommandBatch
from stations.models.command import Command
from stations.models.connection import GatewayProcess, RejectedConnection, StationConnection
from stations.models.enrolment import EnrolmentPolicy, ExpectedStation
from stations.models.frame import Direction, Frame
from stations.models.history import StatusInterval
from stations.models.mending import RepairCount
from stations.models.meterkey import MeterKey
from stations.models.note import StationNote
from stations.models.opening import OpeningException, OpeningPeriod
from stations.models.profile import VendorProfile
from stations.models.security import (
    CertificateAuthority,
    InstalledCertificate,
    SecurityEvent,
    StationCertificate,
)
from stations.models.station import ChargingStation, Connector, Evse, Site
from stations.models.trouble import StationTrouble
from stations.models.variable import Variable

__all__ = [
    "CertificateAuthority",
    "ChargingStation",
    "Command",
    "CommandBatch",
    "Connector",
    "Direction",
    "EnrolmentPolicy",
    "Evse",
    "ExpectedStation",
    "Frame",
    "GatewayProcess",
    "InstalledCertificate",
    "MeterKey",
    "OpeningException",
    "OpeningPeriod",
    "RejectedConnection",
    "RepairCount",
    "SecurityEvent",
    "Site",
    "StationCertificate",
    "StationConnection",
    "StationNote",
    "StationTrouble",
    "StatusInterval",
    "Variable",
    "VendorProfile",
]
