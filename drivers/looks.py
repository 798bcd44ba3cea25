"""How tokens, decisions about them and stations' lists of them look."""

from accounts.console.looks import Look, Tone, register
from drivers.models import LocalList
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
register(
    "local_list",
    None,
    {
        "refreshing": Look("hourglass_empty", Tone.INFO, "Being sent"),
        "failed": Look("sync_problem", Tone.WARN, "Not sent"),
        "uncertain": Look("question_mark", Tone.WARN, "Not known"),
        "known": Look("task_alt", Tone.GOOD, "Known"),
    },
)


def list_state(held: LocalList) -> str:
    """A state of the vocabulary "local_list"."""
    if held.is_refreshing:
        return "refreshing"
    if held.problem:
        return "failed"
    return "known" if held.is_certain else "uncertain"
