"""Logs of stations, and where they go, in the admin."""

from firmware.admin import locations, logs

__all__ = ["locations", "logs"]
