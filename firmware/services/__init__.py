"""Every change of state of files that stations send and fetch."""

from firmware.services.files import keep_firmware
from firmware.services.logs import answer_log_request, delete_old_logs, record_log_status, request_log
from firmware.services.updates import (
    answer_update,
    confirm_versions,
    find_download,
    note_download,
    record_firmware_status,
    request_update,
)
from firmware.services.uploads import find_upload, receive_log

__all__ = [
    "answer_log_request",
    "answer_update",
    "confirm_versions",
    "delete_old_logs",
    "find_download",
    "find_upload",
    "keep_firmware",
    "note_download",
    "receive_log",
    "record_firmware_status",
    "record_log_status",
    "request_log",
    "request_update",
]
