"""How the states of keys look."""

from accounts.console.looks import Look, Tone, register

register(
    "api_key",
    None,
    {
        "valid": Look("check_circle", Tone.GOOD, "Valid"),
        "expired": Look("event_busy", Tone.MUTED, "Expired"),
        "revoked": Look("block", Tone.BAD, "Revoked"),
    },
)
