"""How the states of logs look."""

from accounts.console.looks import Look, Tone, register
from firmware.states import LogStatus

register(
    "log",
    LogStatus,
    {
        LogStatus.REQUESTED: Look("send", Tone.INFO),
        LogStatus.ACCEPTED: Look("hourglass_empty", Tone.INFO),
        LogStatus.REJECTED: Look("cancel", Tone.BAD),
        LogStatus.UPLOADING: Look("hourglass_bottom", Tone.INFO),
        LogStatus.UPLOADED: Look("task_alt", Tone.GOOD),
        LogStatus.UPLOAD_FAILED: Look("error", Tone.BAD),
        LogStatus.BAD_MESSAGE: Look("error", Tone.BAD),
        LogStatus.PERMISSION_DENIED: Look("error", Tone.BAD),
        LogStatus.NOT_SUPPORTED: Look("do_not_disturb_on", Tone.WARN),
        LogStatus.CANCELLED: Look("close", Tone.MUTED),
        LogStatus.IDLE: Look("pause_circle", Tone.MUTED),
    },
)
