"""How the states of jobs look."""

from accounts.console.looks import Look, Tone, register
from jobs.states import JobStatus

register(
    "job",
    JobStatus,
    {
        JobStatus.QUEUED: Look("schedule", Tone.INFO),
        JobStatus.RUNNING: Look("play_arrow", Tone.CHARGE),
        JobStatus.DONE: Look("check_circle", Tone.GOOD),
        JobStatus.FAILED: Look("error", Tone.BAD),
        JobStatus.CANCELLED: Look("close", Tone.MUTED),
    },
)
