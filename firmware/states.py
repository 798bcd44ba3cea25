"""Which states a request for a log can be in, and which moves are allowed."""

from django.db import models


class LogKind(models.TextChoices):
    """OCPP 1.6 §5.9 has only diagnostics; the security extension and 2.x the second, 2.1 the third."""

    DIAGNOSTICS = "diagnostics", "Diagnostics"
    SECURITY = "security", "Security log"
    DATA_COLLECTOR = "data_collector", "Data collector log"


class LogStatus(models.TextChoices):
    """OCPP 1.6 DiagnosticsStatus, UploadLogStatusEnumType of the security extension and of 2.x, and what we know."""

    REQUESTED = "requested", "Requested"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Refused"
    UPLOADING = "uploading", "Uploading"
    UPLOADED = "uploaded", "Uploaded"
    UPLOAD_FAILED = "upload_failed", "Upload failed"
    BAD_MESSAGE = "bad_message", "Request not understood"
    PERMISSION_DENIED = "permission_denied", "Permission denied"
    NOT_SUPPORTED = "not_supported", "Not supported"
    CANCELLED = "cancelled", "Cancelled by a newer request"
    IDLE = "idle", "Idle"


_ENDS = frozenset(
    {
        LogStatus.UPLOADED,
        LogStatus.UPLOAD_FAILED,
        LogStatus.BAD_MESSAGE,
        LogStatus.PERMISSION_DENIED,
        LogStatus.NOT_SUPPORTED,
        LogStatus.CANCELLED,
    }
)
# Idle is what a station says when it was asked and has nothing to do: it moves nothing.
LOG_MOVES: dict[LogStatus, frozenset[LogStatus]] = {
    LogStatus.REQUESTED: frozenset({LogStatus.ACCEPTED, LogStatus.REJECTED, LogStatus.UPLOADING}) | _ENDS,
    LogStatus.ACCEPTED: frozenset({LogStatus.UPLOADING}) | _ENDS,
    LogStatus.UPLOADING: _ENDS,
    # A station tries again as often as it was asked to.
    LogStatus.UPLOAD_FAILED: frozenset({LogStatus.UPLOADING, LogStatus.UPLOADED, LogStatus.CANCELLED}),
    LogStatus.BAD_MESSAGE: frozenset({LogStatus.UPLOADING, LogStatus.UPLOADED}),
    LogStatus.PERMISSION_DENIED: frozenset({LogStatus.UPLOADING, LogStatus.UPLOADED}),
    LogStatus.NOT_SUPPORTED: frozenset({LogStatus.UPLOADING, LogStatus.UPLOADED}),
    LogStatus.UPLOADED: frozenset(),
    LogStatus.REJECTED: frozenset(),
    LogStatus.CANCELLED: frozenset(),
}
OPEN_LOG_STATUSES = frozenset({LogStatus.REQUESTED, LogStatus.ACCEPTED, LogStatus.UPLOADING, LogStatus.UPLOAD_FAILED})


class Answer(models.TextChoices):
    """What a station says to a request for a file: it does it, it gives up another one for it, or it does not."""

    ACCEPTED = "accepted", "Accepted"
    ACCEPTED_INSTEAD = "accepted_instead", "Accepted instead of the one before"
    REJECTED = "rejected", "Refused"
    INVALID_CERTIFICATE = "invalid_certificate", "Certificate not valid"
    REVOKED_CERTIFICATE = "revoked_certificate", "Certificate revoked"


class FirmwareStatus(models.TextChoices):
    """OCPP 1.6 FirmwareStatus, FirmwareStatusEnumType of the security extension and of 2.x, and what we know."""

    REQUESTED = "requested", "Requested"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Refused"
    INVALID_CERTIFICATE = "invalid_certificate", "Certificate not valid"
    REVOKED_CERTIFICATE = "revoked_certificate", "Certificate revoked"
    DOWNLOAD_SCHEDULED = "download_scheduled", "Download scheduled"
    DOWNLOADING = "downloading", "Downloading"
    DOWNLOAD_PAUSED = "download_paused", "Download paused"
    DOWNLOAD_FAILED = "download_failed", "Download failed"
    DOWNLOADED = "downloaded", "Downloaded"
    SIGNATURE_VERIFIED = "signature_verified", "Signature verified"
    INVALID_SIGNATURE = "invalid_signature", "Signature not valid"
    INSTALL_SCHEDULED = "install_scheduled", "Installation scheduled"
    INSTALL_REBOOTING = "install_rebooting", "Rebooting"
    INSTALLING = "installing", "Installing"
    INSTALL_VERIFICATION_FAILED = "install_verification_failed", "Verification failed"
    INSTALLATION_FAILED = "installation_failed", "Installation failed"
    INSTALLED = "installed", "Installed"
    CANCELLED = "cancelled", "Cancelled by a newer update"
    IDLE = "idle", "Idle"


# An update goes forward along these, and may leave some out: what comes late does not take it back.
_WAY = (
    FirmwareStatus.REQUESTED,
    FirmwareStatus.ACCEPTED,
    FirmwareStatus.DOWNLOAD_SCHEDULED,
    FirmwareStatus.DOWNLOADING,
    FirmwareStatus.DOWNLOAD_PAUSED,
    FirmwareStatus.DOWNLOADED,
    FirmwareStatus.SIGNATURE_VERIFIED,
    FirmwareStatus.INSTALL_SCHEDULED,
    FirmwareStatus.INSTALLING,
    FirmwareStatus.INSTALL_REBOOTING,
    FirmwareStatus.INSTALLED,
)
_FAILURES = frozenset(
    {
        FirmwareStatus.DOWNLOAD_FAILED,
        FirmwareStatus.INVALID_SIGNATURE,
        FirmwareStatus.INSTALL_VERIFICATION_FAILED,
        FirmwareStatus.INSTALLATION_FAILED,
        FirmwareStatus.CANCELLED,
    }
)
_REFUSALS = frozenset({FirmwareStatus.REJECTED, FirmwareStatus.INVALID_CERTIFICATE, FirmwareStatus.REVOKED_CERTIFICATE})
_BACK: dict[FirmwareStatus, frozenset[FirmwareStatus]] = {
    FirmwareStatus.REQUESTED: _REFUSALS,
    FirmwareStatus.DOWNLOAD_PAUSED: frozenset({FirmwareStatus.DOWNLOADING}),
    FirmwareStatus.INSTALL_REBOOTING: frozenset({FirmwareStatus.INSTALLING}),
}
FIRMWARE_MOVES: dict[FirmwareStatus, frozenset[FirmwareStatus]] = {
    **dict.fromkeys(FirmwareStatus, frozenset()),
    **{
        status: frozenset(_WAY[place + 1 :]) | _FAILURES | _BACK.get(status, frozenset())
        for place, status in enumerate(_WAY[:-1])
    },
    # A station tries again as often as it was asked to. That the others failed, only a boot can prove wrong.
    FirmwareStatus.DOWNLOAD_FAILED: frozenset(_WAY[2:]) | {FirmwareStatus.CANCELLED},
    FirmwareStatus.INSTALLATION_FAILED: frozenset({FirmwareStatus.INSTALLED}),
    FirmwareStatus.INSTALL_VERIFICATION_FAILED: frozenset({FirmwareStatus.INSTALLED}),
}
OPEN_FIRMWARE_STATUSES = frozenset(_WAY[:-1]) | {FirmwareStatus.DOWNLOAD_FAILED}
