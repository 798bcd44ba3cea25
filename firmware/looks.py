"""How the states of logs look."""

from accounts.console.looks import Look, Tone, register
from firmware.states import FirmwareStatus, LogStatus

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
_BAD = (
    *(FirmwareStatus.REJECTED, FirmwareStatus.INVALID_CERTIFICATE, FirmwareStatus.REVOKED_CERTIFICATE),
    *(FirmwareStatus.DOWNLOAD_FAILED, FirmwareStatus.INVALID_SIGNATURE),
    *(FirmwareStatus.INSTALL_VERIFICATION_FAILED, FirmwareStatus.INSTALLATION_FAILED),
)
register(
    "update",
    FirmwareStatus,
    {
        **dict.fromkeys(FirmwareStatus, Look("hourglass_bottom", Tone.INFO)),
        **dict.fromkeys(_BAD, Look("error", Tone.BAD)),
        FirmwareStatus.REQUESTED: Look("send", Tone.INFO),
        FirmwareStatus.ACCEPTED: Look("hourglass_empty", Tone.INFO),
        FirmwareStatus.SIGNATURE_VERIFIED: Look("verified_user", Tone.INFO),
        FirmwareStatus.INSTALLED: Look("task_alt", Tone.GOOD),
        FirmwareStatus.CANCELLED: Look("close", Tone.MUTED),
        FirmwareStatus.IDLE: Look("pause_circle", Tone.MUTED),
    },
)
register("signed", None, {"yes": Look("verified_user", Tone.GOOD, "Signed")})
