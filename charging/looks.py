"""How sessions, anomalies and reservations look."""

from accounts.console.looks import Look, Tone, register
from charging.states import AnomalyStatus, ReservationStatus, SessionStatus, SignatureVerdict

register(
    "session",
    SessionStatus,
    {
        SessionStatus.PREPARING: Look("electrical_services", Tone.INFO),
        SessionStatus.CHARGING: Look("bolt", Tone.CHARGE),
        SessionStatus.SUSPENDED_EV: Look("pause_circle", Tone.WARN),
        SessionStatus.SUSPENDED_EVSE: Look("front_hand", Tone.WARN),
        SessionStatus.IDLE: Look("bedtime", Tone.MUTED),
        SessionStatus.ENDED: Look("task_alt", Tone.MUTED),
    },
)
register(
    "anomaly",
    AnomalyStatus,
    {
        AnomalyStatus.OPEN: Look("flag", Tone.WARN),
        AnomalyStatus.ACCEPTED: Look("task_alt", Tone.GOOD),
        AnomalyStatus.CORRECTED: Look("edit", Tone.GOOD),
        AnomalyStatus.DISMISSED: Look("do_not_disturb_on", Tone.MUTED),
        AnomalyStatus.RESOLVED: Look("published_with_changes", Tone.GOOD),
    },
)
register(
    "reservation",
    ReservationStatus,
    {
        ReservationStatus.REQUESTED: Look("hourglass_empty", Tone.INFO),
        ReservationStatus.ACTIVE: Look("bookmark", Tone.HELD),
        ReservationStatus.UNCONFIRMED: Look("question_mark", Tone.WARN),
        ReservationStatus.REFUSED: Look("do_not_disturb_on", Tone.BAD),
        ReservationStatus.USED: Look("task_alt", Tone.GOOD),
        ReservationStatus.NO_SHOW: Look("timer_off", Tone.WARN),
        ReservationStatus.CANCELLED: Look("cancel", Tone.MUTED),
        ReservationStatus.REMOVED: Look("event_busy", Tone.MUTED),
    },
)
register(
    "signature",
    SignatureVerdict,
    {
        SignatureVerdict.VERIFIED: Look("verified_user", Tone.GOOD),
        SignatureVerdict.WRONG: Look("error", Tone.BAD),
        SignatureVerdict.NO_KEY: Look("key", Tone.WARN),
        SignatureVerdict.UNREADABLE: Look("warning", Tone.WARN),
        SignatureVerdict.NOT_CHECKABLE: Look("info", Tone.MUTED),
        SignatureVerdict.MIXED: Look("rule", Tone.WARN),
    },
)
