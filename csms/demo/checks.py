"""What else stands in the books when the demo begins: checks of new chargers, security events, a command for many."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Membership, Organization, User
from accounts.roles import Role
from drivers.models import IdToken
from onboarding.models import CheckStep, OnboardingCheck
from onboarding.states import RunStatus, StepKind, StepStatus
from stations.commands import GetBaseReport
from stations.models import ChargingStation
from stations.services import mark_security_events_seen, record_security_event, send_to_many

PASSED, REMARKS = StepStatus.PASSED, StepStatus.REMARKS
Told = tuple[StepKind, int, StepStatus, str, dict[str, Any]]
"""A step that is over: which, how many seconds it took, how it ended."""

WITHOUT_CAR: tuple[Told, ...] = (
    (StepKind.BOOT, 24, PASSED, "It reset and told who it is.", {"seconds until the boot": 21}),
    (StepKind.CONFIGURATION, 9, PASSED, "It told its configuration.", {"variables": 63, "can be written": 28}),
    (StepKind.STATUS, 3, PASSED, "It tells the state of every connector.", {"EVSE 1 / 1": "Available"}),
    (StepKind.LOCAL_LIST, 6, PASSED, "It took the list of tokens.", {"version": 1, "tokens": 16}),
)
WITH_CAR: tuple[Told, ...] = (
    (StepKind.REMOTE_START, 74, PASSED, "It started when it was asked to.", {"seconds until the start": 7}),
    (StepKind.METER, 62, PASSED, "Energy and power fit together.", {"readings": 4, "energy (Wh)": 183}),
    (
        StepKind.LIMIT, 31, PASSED, "It obeys a limit.",
        {"power before (W)": 10_940, "limit (W)": 5_520, "power then (W)": 5_480, "seconds until then": 18},
    ),
    (
        StepKind.OFFLINE, 118, REMARKS,
        "What it measured offline did not come. Its register goes on, so no energy is lost, but the chart is.",
        {"seconds offline": 71},
    ),
    (StepKind.REMOTE_STOP, 5, PASSED, "It stopped when it was asked to.", {"energy (Wh)": 611, "reason": "Remote"}),
)  # fmt: skip

# Hours ago, what, and what the station added. The first ones somebody has looked at.
SEEN = (
    (71.0, "FirmwareUpdated", "5.0.3"),
    (50.5, "SettingSystemTime", ""),
    (26.0, "MaintenanceLoginAccepted", "local user service"),
)
FRESH = ((3.0, "SettingSystemTime", ""), (0.4, "TamperDetectionActivated", "door contact 1 opened"))


def fill_books(organization: Organization) -> None:
    stations = list(ChargingStation.objects.filter(organization=organization).order_by("pk"))
    people = {each.role: each.user for each in Membership.objects.filter(organization=organization)}
    operator = people[Role.OPERATOR]
    yesterday = timezone.now() - timedelta(hours=27)
    _check(stations[1], operator, began=yesterday, over=WITHOUT_CAR + WITH_CAR)
    _check(stations[-2], operator, began=timezone.now() - timedelta(minutes=2), over=WITHOUT_CAR)
    _security(stations[3], operator)
    everywhere = ChargingStation.objects.filter(organization=organization)
    wait = timedelta(minutes=15)
    send_to_many(organization=organization, stations=everywhere, wanted=GetBaseReport(), by=operator, waits_for=wait)


def _check(station: ChargingStation, by: User, *, began: datetime, over: tuple[Told, ...]) -> None:
    """With the steps that are over; the worker goes on with what is left, and waits for a car."""
    check = OnboardingCheck.objects.create(
        station=station,
        evse_number=1,
        token=IdToken.objects.filter(organization=station.organization, is_blocked=False, expires_at=None).first(),
        requested_by=by,
        started_at=began,
        ocpp_version=station.ocpp_version,
        vendor=station.vendor,
        model=station.model,
        firmware_version=station.firmware_version,
    )
    steps = {
        kind: CheckStep(onboarding_check=check, position=place, kind=kind) for place, kind in enumerate(StepKind, 1)
    }
    at = began
    for kind, seconds, status, detail, evidence in over:
        step = steps[kind]
        step.status, step.detail, step.evidence, step.started_at = status, detail, evidence, at
        at += timedelta(seconds=seconds)
        step.ended_at = at
    CheckStep.objects.bulk_create(steps.values())
    if len(over) == len(steps):
        OnboardingCheck.objects.filter(pk=check.pk).update(status=RunStatus.REMARKS, ended_at=at)


def _security(station: ChargingStation, operator: User) -> None:
    now = timezone.now()
    for told, is_seen in ((SEEN, True), (FRESH, False)):
        for hours, kind, info in told:
            at = now - timedelta(hours=hours)
            record_security_event(station_id=station.pk, kind=kind, info=info, at=at, received_at=at)
        if is_seen:
            mark_security_events_seen(station=station, by=operator)
