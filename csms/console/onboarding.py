"""The onboarding check: the form that begins one, its scorecard, and what people do on the way."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.console.tenants import user_of
from accounts.models import User
from csms.console.access import COMMAND, page_context, require, staff_only, visible
from csms.console.commandforms import CommandForm
from csms.console.tokens import TokenField
from live.topics import sign
from onboarding import services
from onboarding.errors import OnboardingError
from onboarding.models import CheckStep, OnboardingCheck
from onboarding.states import StepKind, StepStatus
from onboarding.steps import STEPS
from stations.models import ChargingStation, Command
from stations.states import OcppVersion

SHOWN = 5
# What is done with the step that was on the page; a check can be cancelled as well.
DEEDS: dict[str, Callable[..., None]] = {"confirm": services.confirm_step, "skip": services.skip_step}


class CheckForm(CommandForm):
    slug = "check"
    title, icon, button = "Check this charger", "verified_user", "Begin the check"
    is_in_panel = False
    explanation = (
        "Puts a new charger through its paces: it is reset, tells its configuration and state, takes the local list, "
        "starts, measures, obeys a limit, goes offline and stops. You need a car, or a load, and about ten minutes."
    )

    def prepare(self) -> None:
        self.fields["evse"] = self.evse_field("EVSE with the car")
        self.fields["token"] = TokenField(self.station.organization_id, usable=True)

    def send(self, by: User) -> Command:
        check = services.start_check(
            station=self.station, evse_number=self.cleaned_data["evse"], token=self.cleaned_data["token"], by=by
        )
        self.goes_on_at = reverse("console:check", args=[check.pk])
        commands = Command.objects.select_related("station__organization", "station__site")
        first: Command = commands.get(pk__in=check.steps.exclude(command=None).values("command"))
        return first


def checks(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    """Those of a station, for its page."""
    rows = OnboardingCheck.objects.filter(station=station).select_related("requested_by")
    return {
        "station": station,
        "zone": station.time_zone,
        "checks": rows[:SHOWN],
        "may_command": user_of(request).has_perm(COMMAND, station),
    }


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    check = find(request, pk)
    context = page_context(
        request,
        OnboardingCheck,
        title=str(check),
        original=check,
        live_token=sign(user_of(request).pk, [f"station:{check.station_id}"]),
    )
    return render(request, "console/check.html", context | _state(request, check))


@staff_only
@require_safe
def part(request: HttpRequest, pk: int) -> HttpResponseBase:
    return render(request, "console/check/body.html", _state(request, find(request, pk)))


@staff_only
@require_POST
def do(request: HttpRequest, pk: int, deed: str) -> HttpResponseBase:
    if deed not in {*DEEDS, "cancel"}:
        raise Http404
    check = find(request, pk)
    require(request, COMMAND, check.station)
    problem = ""
    try:
        if deed == "cancel":
            services.cancel_check(check=check, by=user_of(request))
        else:
            DEEDS[deed](check=check, kind=request.POST.get("step", ""), by=user_of(request))
    except OnboardingError as error:
        problem = str(error)
    return render(request, "console/check/body.html", _state(request, find(request, pk)) | {"problem": problem})


def find(request: HttpRequest, pk: int) -> OnboardingCheck:
    rows = OnboardingCheck.objects.select_related("station__site", "station__organization", "requested_by", "token")
    return visible(rows, request, pk)


def _state(request: HttpRequest, check: OnboardingCheck) -> dict[str, Any]:
    steps = list(check.steps.select_related("command"))
    present = next((step for step in steps if step.is_open), None)
    passed = sum(step.status in {StepStatus.PASSED, StepStatus.REMARKS} for step in steps)
    return {
        "check": check,
        "steps": steps,
        "passed": passed,
        "present": present,
        "instruction": _instruction(present),
        "zone": check.station.time_zone,
        "protocol": OcppVersion(check.ocpp_version).label if check.ocpp_version else "",
        "may_command": user_of(request).has_perm(COMMAND, check.station),
    }


def _instruction(step: CheckStep | None) -> str:
    """What somebody has to do now; nothing once the station was asked."""
    if step is None or step.command_id is not None or step.is_confirmed:
        return ""
    return STEPS[StepKind(step.kind)].instruction
