"""Every change of state of files that stations send and fetch."""

from firmware.services.logs import answer_log_request, delete_old_logs, record_log_status, request_log
from firmware.services.uploads import find_upload, receive_log

__all__ = [
    "answer_log_request",
    "delete_old_logs",
    "find_upload",
    "receive_log",
    "record_log_status",
    "request_log",
]
