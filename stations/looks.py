"""How the states of stations, connectors and commands look."""

from accounts.console.looks import Look, Tone, register
from stations.states import (
    ChangeResult,
    CommandStatus,
    ConnectorStatus,
    RefusalCause,
    RefusalHandling,
    RegistrationStatus,
    SigningStatus,
)

OFFLINE = "offline"

register(
    "connector",
    ConnectorStatus,
    {
        ConnectorStatus.UNKNOWN: Look("help", Tone.MUTED),
        ConnectorStatus.AVAILABLE: Look("check_circle", Tone.GOOD),
        ConnectorStatus.PREPARING: Look("electrical_services", Tone.INFO),
        ConnectorStatus.CHARGING: Look("bolt", Tone.CHARGE),
        ConnectorStatus.SUSPENDED_EV: Look("pause_circle", Tone.WARN),
        ConnectorStatus.SUSPENDED_EVSE: Look("front_hand", Tone.WARN),
        ConnectorStatus.FINISHING: Look("hourglass_bottom", Tone.INFO),
        ConnectorStatus.RESERVED: Look("bookmark", Tone.HELD),
        ConnectorStatus.UNAVAILABLE: Look("block", Tone.MUTED),
        ConnectorStatus.FAULTED: Look("error", Tone.BAD),
        OFFLINE: Look("cloud_off", Tone.OFF, "Offline"),
    },
)
register(
    "station",
    None,
    {
        "online": Look("sensors", Tone.GOOD, "Online"),
        OFFLINE: Look("cloud_off", Tone.OFF, "Offline"),
        "never": Look("hourglass_empty", Tone.MUTED, "Never connected"),
        "disabled": Look("block", Tone.MUTED, "Disabled"),
    },
)
register(
    "registration",
    RegistrationStatus,
    {
        RegistrationStatus.ACCEPTED: Look("verified_user", Tone.GOOD),
        RegistrationStatus.PENDING: Look("hourglass_empty", Tone.WARN),
        RegistrationStatus.REJECTED: Look("cancel", Tone.BAD),
    },
)
register(
    "command",
    CommandStatus,
    {
        CommandStatus.QUEUED: Look("schedule", Tone.INFO),
        CommandStatus.SENT: Look("send", Tone.INFO),
        CommandStatus.ACCEPTED: Look("check_circle", Tone.GOOD),
        CommandStatus.REJECTED: Look("cancel", Tone.BAD),
        CommandStatus.NOT_SUPPORTED: Look("do_not_disturb_on", Tone.WARN),
        CommandStatus.TIMED_OUT: Look("timer_off", Tone.WARN),
        CommandStatus.LOST: Look("question_mark", Tone.WARN),
        CommandStatus.EXPIRED: Look("event_busy", Tone.MUTED),
        CommandStatus.CANCELLED: Look("close", Tone.MUTED),
        # Of one command in many, beside its status.
        "error": Look("error", Tone.BAD, "Error"),
        OFFLINE: Look("cloud_off", Tone.OFF, "Offline"),
    },
)
register(
    "change",
    ChangeResult,
    {
        ChangeResult.ACCEPTED: Look("check_circle", Tone.GOOD),
        ChangeResult.REBOOT_REQUIRED: Look("sync_problem", Tone.WARN),
        ChangeResult.REJECTED: Look("cancel", Tone.BAD),
        ChangeResult.NOT_SUPPORTED: Look("do_not_disturb_on", Tone.WARN),
        ChangeResult.UNKNOWN: Look("question_mark", Tone.WARN),
    },
)
register(
    "refusal",
    RefusalCause,
    {
        RefusalCause.UNKNOWN_IDENTITY: Look("question_mark", Tone.WARN),
        RefusalCause.STATION_DISABLED: Look("block", Tone.MUTED),
        RefusalCause.NO_CREDENTIALS: Look("key", Tone.WARN),
        RefusalCause.WRONG_PASSWORD: Look("key", Tone.BAD),
        RefusalCause.NO_PASSWORD_SET: Look("key", Tone.WARN),
        RefusalCause.USERNAME_DIFFERS: Look("badge", Tone.WARN),
        RefusalCause.PROFILE_TOO_LOW: Look("lock_open", Tone.WARN),
        RefusalCause.NO_CERTIFICATE: Look("badge", Tone.WARN),
        RefusalCause.CERTIFICATE_UNTRUSTED: Look("badge", Tone.BAD),
        RefusalCause.CERTIFICATE_EXPIRED: Look("event_busy", Tone.WARN),
        RefusalCause.CERTIFICATE_OF_ANOTHER: Look("badge", Tone.BAD),
        RefusalCause.CERTIFICATE_REVOKED: Look("block", Tone.BAD),
        RefusalCause.TLS_FAILED: Look("lock_open", Tone.WARN),
        RefusalCause.NO_COMMON_VERSION: Look("sync_problem", Tone.WARN),
        RefusalCause.BAD_PATH: Look("wrong_location", Tone.WARN),
    },
)
register(
    "direction",
    None,
    {
        "0": Look("call_received", Tone.CHARGE, "From station"),
        "1": Look("call_made", Tone.HELD, "To station"),
    },
)
register(
    "handling",
    RefusalHandling,
    {
        RefusalHandling.OPEN: Look("inbox", Tone.WARN),
        RefusalHandling.ADOPTED: Look("ev_station", Tone.GOOD),
        RefusalHandling.DISMISSED: Look("do_not_disturb_on", Tone.MUTED),
    },
)
register(
    "site",
    None,
    {
        "faulted": Look("error", Tone.BAD, "Fault"),
        "partly": Look("warning", Tone.WARN, "Partly offline"),
        OFFLINE: Look("cloud_off", Tone.OFF, "Offline"),
        "charging": Look("bolt", Tone.CHARGE, "Charging"),
        "available": Look("check_circle", Tone.GOOD, "Available"),
        "empty": Look("help", Tone.MUTED, "No stations"),
    },
)
register(
    "reported",
    None,
    {
        "same": Look("check_circle", Tone.GOOD, "As here"),
        "differs": Look("sync_problem", Tone.WARN, "Differs"),
        "new": Look("add", Tone.INFO, "Not here yet"),
        "silent": Look("question_mark", Tone.MUTED, "Not reported"),
    },
)
register(
    "security",
    None,
    {
        "alarm": Look("warning", Tone.BAD, "Look at it"),
        "critical": Look("flag", Tone.WARN, "Critical"),
        "note": Look("info", Tone.MUTED, "Note"),
    },
)
register(
    "signing",
    SigningStatus,
    {
        SigningStatus.REFUSED: Look("block", Tone.BAD),
        SigningStatus.SIGNED: Look("send", Tone.INFO),
        SigningStatus.ACCEPTED: Look("verified_user", Tone.GOOD),
        SigningStatus.REJECTED: Look("cancel", Tone.BAD),
        SigningStatus.REPLACED: Look("published_with_changes", Tone.MUTED),
        SigningStatus.REVOKED: Look("block", Tone.BAD),
    },
)
