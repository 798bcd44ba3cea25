"""How the states of keys look."""

from accounts.console.looks import Look, Tone, register
from api.models import DeliveryStatus

register(
    "api_key",
    None,
    {
        "valid": Look("check_circle", Tone.GOOD, "Valid"),
        "expired": Look("event_busy", Tone.MUTED, "Expired"),
        "revoked": Look("block", Tone.BAD, "Revoked"),
    },
)
register(
    "webhook",
    None,
    {
        "working": Look("check_circle", Tone.GOOD, "Enabled"),
        "failing": Look("error", Tone.WARN, "Failing"),
        "disabled": Look("block", Tone.MUTED, "Disabled"),
    },
)
register(
    "delivery",
    DeliveryStatus,
    {
        DeliveryStatus.WAITING: Look("schedule", Tone.INFO),
        DeliveryStatus.DELIVERED: Look("check_circle", Tone.GOOD),
        DeliveryStatus.FAILED: Look("cancel", Tone.BAD),
    },
)
