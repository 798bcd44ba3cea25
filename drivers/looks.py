"""How tokens and decisions about them look."""

from accounts.console.looks import Look, Tone, register
from drivers.states import AuthorizationStatus

register(
    "authorization",
    AuthorizationStatus,
    {
        AuthorizationStatus.ACCEPTED: Look("check_circle", Tone.GOOD),
        AuthorizationStatus.BLOCKED: Look("block", Tone.BAD),
        AuthorizationStatus.CONCURRENT: Look("group", Tone.WARN),
        AuthorizationStatus.EXPIRED: Look("event_busy", Tone.WARN),
        AuthorizationStatus.INVALID: Look("cancel", Tone.BAD),
        AuthorizationStatus.NO_CREDIT: Look("credit_card_off", Tone.BAD),
        AuthorizationStatus.NOT_ALLOWED_TYPE: Look("do_not_disturb_on", Tone.WARN),
        AuthorizationStatus.NOT_HERE: Look("wrong_location", Tone.WARN),
        AuthorizationStatus.NOT_NOW: Look("timer_off", Tone.WARN),
        AuthorizationStatus.UNKNOWN: Look("question_mark", Tone.WARN),
    },
)
register(
    "token",
    None,
    {
        "valid": Look("check_circle", Tone.GOOD, "Valid"),
        "blocked": Look("block", Tone.BAD, "Blocked"),
        "expired": Look("event_busy", Tone.WARN, "Expired"),
        "driver_inactive": Look("person", Tone.MUTED, "Driver inactive"),
    },
)
