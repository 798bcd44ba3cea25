"""How roles look."""

from accounts.console.looks import Look, Tone, register
from accounts.roles import Role

register(
    "role",
    Role,
    {
        Role.OWNER: Look("key", Tone.INFO),
        Role.OPERATOR: Look("tune", Tone.CHARGE),
        Role.SUPPORT: Look("group", Tone.GOOD),
        Role.FINANCE: Look("list_alt", Tone.HELD),
        Role.READ_ONLY: Look("info", Tone.MUTED),
    },
)
register(
    "invitation",
    None,
    {
        "open": Look("send", Tone.INFO, "Waiting for an answer"),
        "accepted": Look("task_alt", Tone.GOOD, "Accepted"),
        "revoked": Look("cancel", Tone.MUTED, "Revoked"),
        "expired": Look("timer_off", Tone.WARN, "Expired"),
    },
)
