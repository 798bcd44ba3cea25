"""Logs and firmware of stations, and where they go, in the admin."""

from firmware.admin import firmware, locations, logs, updates

__all__ = ["firmware", "locations", "logs", "updates"]
