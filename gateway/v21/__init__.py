"""OCPP 2.1: everything of 2.0.1, and its additions. Nothing of 2.0.1 was dropped."""

from gateway.v21 import diagnostics, notifications, security
from gateway.v21.routes import ROUTES

__all__ = ["ROUTES", "diagnostics", "notifications", "security"]
