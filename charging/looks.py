"""How sessions and anomalies look."""

from accounts.console.looks import Look, Tone, register
from charging.states import AnomalyStatus, SessionStatus

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
