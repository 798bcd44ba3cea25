"""Every change of what belongs to the API itself."""

from api.services.answers import claim_answer, delete_old_answers, drop_claim, keep_answer
from api.services.keys import create_key, find_key, note_use, revoke_key
from api.services.webhooks import (
    delete_old_events,
    deliver_next,
    renew_secret,
    replay,
    take_up_events,
    wake_endpoint,
)

__all__ = [
    "claim_answer",
    "create_key",
    "delete_old_answers",
    "delete_old_events",
    "deliver_next",
    "drop_claim",
    "find_key",
    "keep_answer",
    "note_use",
    "renew_secret",
    "replay",
    "revoke_key",
    "take_up_events",
    "wake_endpoint",
]
