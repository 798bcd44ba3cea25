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
