"""One command: what was asked, what was sent, what came back, the messages around it, and asking again."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.console.tenants import user_of
from csms.console.access import page_context, require, staff_only, visible
from csms.console.actions import ACTIONS
from csms.console.commands import result_of
from csms.console.frames import asked_of, exchanges_between, fields_of
from csms.console.station import COMMAND
from csms.console.triggered import triggered_by
from live.topics import sign
from stations import commands
from stations.models import Command
from stations.outcomes import look_of
from stations.secret_variables import without_secrets

AROUND = timedelta(seconds=5)
FRAMES_SHOWN = 40


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    command = _find(request, pk)
    context = page_context(
        request,
        Command,
        title=str(command),
        original=command,
        live_token=sign(user_of(request).pk, [f"station:{command.station_id}"]),
    )
    return render(request, "console/command.html", context | _told(request, command))


@staff_only
@require_safe
def body(request: HttpRequest, pk: int) -> HttpResponseBase:
    return render(request, "console/command/body.html", _told(request, _find(request, pk)))


@staff_only
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The same request once more, as a new command; a raw call goes through its form."""
    command = _find(request, pk)
    require(request, COMMAND, command.station)
    if not commands.is_repeatable(command) or command.kind == commands.RawCall.__name__:
        raise Http404
    sent = commands.send(command.station, commands.request_of(command), by=user_of(request))
    return render(request, "console/command/result.html", result_of(request, sent))


def _find(request: HttpRequest, pk: int) -> Command:
    rows = Command.objects.select_related(
        "station__site", "station__organization", "requested_by", "batch", "retry_of", "retry"
    )
    return visible(rows, request, pk)


def _told(request: HttpRequest, command: Command) -> dict[str, Any]:
    may = user_of(request).has_perm(COMMAND, command.station)
    return {
        "command": command,
        "look": look_of(command),
        "zone": command.station.time_zone,
        "asked": asked_of(without_secrets(command.arguments)),
        "sent": fields_of(without_secrets(command.payload)),
        "answered": fields_of(without_secrets(command.response)),
        "took_ms": _took_ms(command),
        "triggered": triggered_by(command),
        "exchanges": _around(command),
        "again": may and not command.is_open and commands.is_repeatable(command),
        "has_form": command.station.ocpp_version in _versions_with_form(command),
    }


def _versions_with_form(command: Command) -> list[str]:
    """In which a raw call has a form, to be sent again from."""
    return list(ACTIONS[command.title].versions) if command.title in ACTIONS else []


def _took_ms(command: Command) -> float | None:
    if command.sent_at is None or command.finished_at is None:
        return None
    return (command.finished_at - command.sent_at).total_seconds() * 1000


def _around(command: Command) -> list[Any]:
    if command.sent_at is None:
        return []
    until = command.finished_at or timezone.now()
    return exchanges_between(command.station, command.sent_at - AROUND, until + AROUND, count=FRAMES_SHOWN)
