"""How checks and their steps look."""

from accounts.console.looks import Look, Tone, register
from onboarding.states import RunStatus, StepStatus

register(
    "step",
    StepStatus,
    {
        StepStatus.WAITING: Look("schedule", Tone.MUTED),
        StepStatus.RUNNING: Look("hourglass_bottom", Tone.INFO),
        StepStatus.PASSED: Look("task_alt", Tone.GOOD),
        StepStatus.REMARKS: Look("warning", Tone.WARN),
        StepStatus.FAILED: Look("error", Tone.BAD),
        StepStatus.SKIPPED: Look("do_not_disturb_on", Tone.MUTED),
    },
)
register(
    "check",
    RunStatus,
    {
        RunStatus.RUNNING: Look("hourglass_bottom", Tone.INFO),
        RunStatus.PASSED: Look("task_alt", Tone.GOOD),
        RunStatus.REMARKS: Look("warning", Tone.WARN),
        RunStatus.FAILED: Look("error", Tone.BAD),
        RunStatus.CANCELLED: Look("close", Tone.MUTED),
    },
)
