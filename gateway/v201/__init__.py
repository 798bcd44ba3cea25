"""OCPP 2.0.1. Importing the blocks fills the tables."""

from gateway.v201 import (
    authorization,
    availability,
    data_transfer,
    diagnostics,
    firmware,
    local_list,
    metering,
    notifications,
    provisioning,
    remote,
    reservation,
    security,
    smartcharging,
    transactions,
)
from gateway.v201.routes import ROUTES

__all__ = [
    "ROUTES",
    "authorization",
    "availability",
    "data_transfer",
    "diagnostics",
    "firmware",
    "local_list",
    "metering",
    "notifications",
    "provisioning",
    "remote",
    "reservation",
    "security",
    "smartcharging",
    "transactions",
]
