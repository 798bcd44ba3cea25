"""How charging profiles look."""

from accounts.console.looks import Look, Tone, register
from smartcharging.states import ProfileStatus

register(
    "profile",
    ProfileStatus,
    {
        ProfileStatus.REQUESTED: Look("hourglass_empty", Tone.INFO),
        ProfileStatus.INSTALLED: Look("speed", Tone.GOOD),
        ProfileStatus.UNCONFIRMED: Look("question_mark", Tone.WARN),
        ProfileStatus.REFUSED: Look("do_not_disturb_on", Tone.BAD),
        ProfileStatus.REPLACED: Look("published_with_changes", Tone.MUTED),
        ProfileStatus.CLEARED: Look("delete_sweep", Tone.MUTED),
        ProfileStatus.ENDED: Look("task_alt", Tone.MUTED),
    },
)
