"""What a step is: how it begins, and how one sees that it is over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from charging.models import Session
from onboarding.models import CheckStep, OnboardingCheck
from onboarding.states import StepKind, StepStatus
from stations.models import Command
from stations.states import FAILED_COMMAND_STATUSES


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a step ended, in one sentence, and what was measured."""

    status: StepStatus
    detail: str
    evidence: dict[str, Any] = field(default_factory=dict)


def judged(detail: str, remarks: list[str], evidence: dict[str, Any]) -> Verdict:
    """Passed, or passed with remarks."""
    if remarks:
        return Verdict(StepStatus.REMARKS, " ".join(remarks), evidence)
    return Verdict(StepStatus.PASSED, detail, evidence)


def failed(detail: str, **evidence: Any) -> Verdict:
    return Verdict(StepStatus.FAILED, detail, evidence)


def not_checked(detail: str) -> Verdict:
    return Verdict(StepStatus.SKIPPED, detail)


Look = Callable[[OnboardingCheck, CheckStep, datetime], Verdict | None]


@dataclass(frozen=True)
class Step:
    """``look`` is asked again and again, also at once, and does what is to be done. None: not yet.

    After ``limit`` the step has failed, or was not checked, because of ``when_late``.
    """

    look: Look
    limit: timedelta
    when_late: Verdict
    instruction: str = ""
    """What people have to do for it. Then there is a button to say that it is done."""


STEPS: dict[StepKind, Step] = {}


def step(kind: StepKind, *, limit: timedelta, when_late: Verdict, instruction: str = "") -> Callable[[Look], Look]:
    """Make a function the one that looks after this kind of step."""

    def register(look: Look) -> Look:
        STEPS[kind] = Step(look, limit, when_late, instruction)
        return look

    return register


def refusal_of(command: Command | None) -> str:
    """Why a command did not do what it was sent for; empty if it did, or may still."""
    if command is None or command.status not in FAILED_COMMAND_STATUSES:
        return ""
    return f"{command.get_status_display()}: {command.detail}" if command.detail else command.get_status_display()


def session_of(check: OnboardingCheck) -> Session | None:
    """The one that runs at the EVSE of the check, if it began with it."""
    running = Session.objects.ongoing().filter(station_id=check.station_id, evse_number=check.evse_number)
    return running.filter(updated_at__gte=check.started_at).order_by("-pk").first()
