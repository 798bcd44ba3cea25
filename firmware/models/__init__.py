"""Files that stations send and fetch."""

from firmware.models.location import FileLocation
from firmware.models.log import LogFile, LogProgress, LogRequest

__all__ = ["FileLocation", "LogFile", "LogProgress", "LogRequest"]
