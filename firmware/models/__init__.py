"""Files that stations send and fetch."""

from firmware.models.firmware import Firmware, FirmwareProgress, FirmwareUpdate
from firmware.models.location import FileLocation
from firmware.models.log import LogFile, LogProgress, LogRequest

__all__ = [
    "FileLocation",
    "Firmware",
    "FirmwareProgress",
    "FirmwareUpdate",
    "LogFile",
    "LogProgress",
    "LogRequest",
]
