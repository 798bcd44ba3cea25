"""OCPP 1.6J. Importing the blocks fills the tables."""

from gateway.v16 import (
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
from gateway.v16.routes import ROUTES

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
