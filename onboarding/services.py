"""A check begins, goes on step by step, and ends. The worker looks at it every few seconds."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from charging.models import Session
from drivers.models import IdToken
from live.publish import publish
from onboarding.errors import CannotCheck, CheckEnded
from onboarding.models import CheckStep, OnboardingCheck
from onboarding.states import OPEN_STEPS, RunStatus, StepKind, StepStatus
from onboarding.steps import STEPS, Verdict
from onboarding.steps.charging import lift_limit
from stations.models import ChargingStation, Evse

CHANGED = "onboarding"
AT_ONCE = 200


@transaction.atomic
def start_check(*, station: ChargingStation, evse_number: int, token: IdToken, by: User | None) -> OnboardingCheck:
    """Begin with the first step. Raises CannotCheck."""
    locked = ChargingStation.objects.select_for_update(of=("self",), no_key=True).get(pk=station.pk)
    _require_ready(station, evse_number, token)
    check = OnboardingCheck.objects.create(
        station=locked,
        evse_number=evse_number,
        token=token,
        requested_by=by,
        ocpp_version=locked.ocpp_version,
        vendor=locked.vendor,
        model=locked.model,
        firmware_version=locked.firmware_version,
    )
    CheckStep.objects.bulk_create(
        CheckStep(onboarding_check=check, position=position, kind=kind) for position, kind in enumerate(StepKind, 1)
    )
    if by is not None:
        audit.record(actor=by, action="onboarding check started", target=station, check=check.pk)
    advance_check(check.pk)
    return check


def _require_ready(station: ChargingStation, evse_number: int, token: IdToken) -> None:
    # First, because it is offline for a moment when the check resets it.
    if OnboardingCheck.objects.filter(station=station, ended_at=None).exists():
        raise CannotCheck("A check of this charger is running.")
    if not station.is_online:
        raise CannotCheck(
            "The charger is offline. Connect it first; refused chargers are in their inbox, with the reason."
        )
    if Session.objects.ongoing().filter(station=station).exists():
        raise CannotCheck("A car is charging. The check resets the charger: wait until it is done, or stop it.")
    if not Evse.objects.filter(station=station, number=evse_number).exists():
        raise CannotCheck(f"This charger has no EVSE {evse_number}.")
    if token.organization_id != station.organization_id:
        raise CannotCheck("The token belongs to another organization.")


@transaction.atomic
def advance_check(check_id: int, now: datetime | None = None) -> bool:
    """Look at the step that is next, and at those after it as long as they are over at once. Returns if any moved."""
    check = OnboardingCheck.objects.select_for_update(of=("self",)).select_related("station", "token").get(pk=check_id)
    if check.ended_at is not None:
        return False
    now = now or timezone.now()
    has_moved = False
    for step in check.steps.filter(status__in=sorted(OPEN_STEPS)).select_related("command"):
        was_waiting = step.status == StepStatus.WAITING
        if not _advance(check, step, now):
            has_moved |= was_waiting
            break
        has_moved = True
    else:
        _end(check, now)
    if has_moved:
        _tell(check)
    return has_moved


def _advance(check: OnboardingCheck, step: CheckStep, now: datetime) -> bool:
    """Whether the step is over."""
    if step.started_at is None:
        step.started_at, step.status = now, StepStatus.RUNNING
    known = STEPS[StepKind(step.kind)]
    verdict = known.look(check, step, now)
    if verdict is None and now - step.started_at > known.limit:
        verdict = known.when_late
    if verdict is not None:
        _close(check, step, verdict, now)
    step.save()
    return verdict is not None


def _close(check: OnboardingCheck, step: CheckStep, verdict: Verdict, now: datetime) -> None:
    step.status, step.detail, step.evidence = verdict.status, verdict.detail[:500], verdict.evidence
    step.ended_at = now
    if step.kind == StepKind.LIMIT:
        lift_limit(check, step)


def _end(check: OnboardingCheck, now: datetime) -> None:
    statuses = set(check.steps.values_list("status", flat=True))
    if StepStatus.FAILED in statuses:
        check.status = RunStatus.FAILED
    else:
        check.status = RunStatus.REMARKS if statuses != {StepStatus.PASSED} else RunStatus.PASSED
    check.ended_at = now
    check.save()


def advance_checks(now: datetime | None = None) -> int:
    """All that are running; how many moved."""
    running = OnboardingCheck.objects.filter(ended_at=None).order_by("pk").values_list("pk", flat=True)
    return sum(advance_check(pk, now) for pk in list(running[:AT_ONCE]))


@transaction.atomic
def confirm_step(*, check: OnboardingCheck, kind: str, by: User) -> None:
    """Somebody says that their part of this step is done. Raises CheckEnded, also if the step is over."""
    step = _present_step(check, kind)
    CheckStep.objects.filter(pk=step.pk).update(is_confirmed=True)
    advance_check(check.pk)


@transaction.atomic
def skip_step(*, check: OnboardingCheck, kind: str, by: User) -> None:
    """Leave this step out. Raises CheckEnded, also if the step is over: asked twice, the next one is not left out."""
    step, now = _present_step(check, kind), timezone.now()
    _close(check, step, Verdict(StepStatus.SKIPPED, f"Left out by {by}."), now)
    step.started_at = step.started_at or now
    step.save()
    _tell(check)
    advance_check(check.pk)


@transaction.atomic
def cancel_check(*, check: OnboardingCheck, by: User) -> None:
    """Stop here; what the check has set is taken back. A session it started goes on. Raises CheckEnded."""
    _present_step(check)
    now = timezone.now()
    for step in check.steps.filter(status__in=sorted(OPEN_STEPS)):
        _close(check, step, Verdict(StepStatus.SKIPPED, f"The check was cancelled by {by}."), now)
        step.save()
    OnboardingCheck.objects.filter(pk=check.pk).update(status=RunStatus.CANCELLED, ended_at=now)
    audit.record(actor=by, action="onboarding check cancelled", target=check.station, check=check.pk)
    _tell(check)


def _present_step(check: OnboardingCheck, kind: str | None = None) -> CheckStep:
    locked = OnboardingCheck.objects.select_for_update(of=("self",)).get(pk=check.pk)
    step = locked.steps.filter(status__in=sorted(OPEN_STEPS)).first()
    if locked.ended_at is not None or step is None:
        raise CheckEnded("This check is over. Start a new one.")
    if kind is not None and step.kind != kind:
        raise CheckEnded(f"That step is over. The check is at: {step}.")
    return step


def _tell(check: OnboardingCheck) -> None:
    wanted: dict[str, Any] = {"kind": CHANGED, "check": check.pk}
    publish(f"station:{check.station_id}", **wanted)
