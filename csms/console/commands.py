"""Sending a command from the station page, and showing live what became of it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from accounts.console.tenants import user_of
from charging.errors import ChargingError
from csms.console.access import require, staff_only
from csms.console.commandforms import CommandForm, running_on
from csms.console.commandmenu import FORMS
from csms.console.frames import asked_of, fields_of
from csms.console.station import COMMAND, find
from csms.console.triggered import triggered_by
from firmware.errors import FirmwareError
from onboarding.errors import OnboardingError
from stations.errors import StationError
from stations.models import ChargingStation, Command
from stations.problems import InvalidRequest
from stations.secret_variables import without_secrets
from stations.services import cancel_command

# What says why a station cannot be asked.
REFUSALS = (ChargingError, FirmwareError, InvalidRequest, OnboardingError, StationError)


@staff_only
def form(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The form in its dialog; when it is sent, the command's result in its place."""
    if kind not in FORMS:
        raise Http404
    station = find(request, pk)
    require(request, COMMAND, station)
    # What is sent may be empty: some commands ask for nothing more.
    sent = request.POST if request.method == "POST" else None
    command_form = FORMS[kind](station, sent, initial=_initial(request))
    if request.method == "POST" and command_form.is_valid():
        try:
            command = command_form.send(by=user_of(request))
        except REFUSALS as refusal:
            command_form.add_error(None, str(refusal))
        else:
            answer = render(request, "console/command/result.html", result_of(request, command))
            if command_form.goes_on_at:
                answer["HX-Redirect"] = command_form.goes_on_at
            return answer
    return render(request, "console/command/form.html", _form(station, command_form))


@staff_only
@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponseBase:
    rows = Command.objects.visible_to(user_of(request)).select_related(
        "station__organization", "station__site", "requested_by"
    )
    command = get_object_or_404(rows, pk=pk)
    require(request, "stations.view_command", command)
    return render(request, "console/command/result.html", result_of(request, command))


@staff_only
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Only what was not sent yet can be cancelled; the result says which it was."""
    rows = Command.objects.visible_to(user_of(request)).select_related("station__organization", "station__site")
    command = get_object_or_404(rows, pk=pk)
    require(request, COMMAND, command.station)
    cancel_command(command, by=user_of(request))
    command.refresh_from_db()
    return render(request, "console/command/result.html", result_of(request, command))


# Buttons of an EVSE, a session and the like fill in what is meant.
FILLED_IN = ("evse", "session", "reservation", "profile", "name", "value")


def _initial(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in FILLED_IN if name in request.GET}


def _form(station: ChargingStation, command_form: CommandForm) -> dict[str, Any]:
    running = list(running_on(station)) if command_form.ends_sessions() else []
    return {"station": station, "form": command_form, "running": running, "is_online": station.is_online}


def result_of(request: HttpRequest, command: Command) -> dict[str, Any]:
    return {
        "command": command,
        "zone": command.station.time_zone,
        "asked": asked_of(without_secrets(command.arguments)),
        "answered": fields_of(without_secrets(command.response)),
        "triggered": triggered_by(command),
    }
