"""Sending any action of a station's version: choosing it, filling its form, and the parts that open in it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.console.tenants import user_of
from csms.console.access import require, staff_only
from csms.console.actionforms import ActionForm, path_of
from csms.console.actions import menu
from csms.console.commandforms import running_on
from csms.console.commands import result_of
from csms.console.schemafields import field_at
from csms.console.schematree import MOST_ITEMS, Tree
from csms.console.station import COMMAND, find
from gateway import schemas
from gateway.versions import actions_of_ours
from stations import commands
from stations.models import ChargingStation, Command
from stations.states import OcppVersion


@staff_only
@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every action of the station's version, to choose from."""
    station = find(request, pk)
    require(request, COMMAND, station)
    version = OcppVersion(station.ocpp_version) if station.ocpp_version else None
    context = {"station": station, "version": version, "menu": menu([version]) if version else []}
    return render(request, "console/action/menu.html", context)


@staff_only
def form(request: HttpRequest, pk: int, action: str) -> HttpResponseBase:
    """The form made from the official schema; when it is sent, the command's result in its place."""
    station = find(request, pk)
    require(request, COMMAND, station)
    version = version_with(station.ocpp_version, action)
    zone = station.time_zone
    if request.method != "POST":
        action_form = ActionForm(version, action, zone, payload=_again(request, station, action))
    else:
        action_form = ActionForm(version, action, zone, request.POST)
    if request.method == "POST" and "switch" in request.POST:
        action_form.switch()
    elif request.method == "POST" and action_form.check():
        command = commands.send(station, action_form.request(), by=user_of(request))
        return render(request, "console/command/result.html", result_of(request, command))
    return render(request, "console/action/form.html", _form(station, action_form))


@staff_only
@require_safe
def part(request: HttpRequest, version: str, action: str) -> HttpResponseBase:
    """One part of a form: opened, closed again, or one more of a list."""
    known = version_with(version, action)
    path = path_of(request.GET.get("path", "")[:500])
    found = field_at(Tree(schemas.schema(known, action), "UTC"), path, is_open="open" in request.GET)
    if found is None:
        raise Http404
    last = path[-1]
    grows = isinstance(last, int) and last + 1 < MOST_ITEMS
    following = ".".join(map(str, (*path[:-1], last + 1))) if grows and isinstance(last, int) else ""
    context = {"field": found, "next": following, "parts": parts_url(known, action)}
    return render(request, "console/action/part.html", context)


def version_with(version: str, action: str) -> OcppVersion:
    """The version, if it is one and has this action of ours."""
    if version not in OcppVersion.values or action not in actions_of_ours(OcppVersion(version)):
        raise Http404
    return OcppVersion(version)


def parts_url(version: OcppVersion, action: str) -> str:
    return reverse("console:action_part", args=[version, action])


def _again(request: HttpRequest, station: ChargingStation, action: str) -> dict[str, Any] | None:
    """What an earlier command of this station said, to be sent again."""
    number = request.GET.get("again", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    command = Command.objects.filter(pk=number, station=station, kind="RawCall", arguments__action=action).first()
    return command.arguments["payload"] if command is not None and commands.is_repeatable(command) else None


def _form(station: ChargingStation, action_form: ActionForm) -> dict[str, Any]:
    danger = action_form.action.danger
    return {
        "station": station,
        "form": action_form,
        "zone": station.time_zone,
        "parts": parts_url(action_form.version, action_form.action.name),
        "running": list(running_on(station)) if danger else [],
    }
