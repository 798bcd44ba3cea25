"""The station page: an operator's workplace. Every part is one template for first paint and for updates."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import segno
from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from accounts.console.tenants import permission, user_of
from charging.models import Reservation, Session, SessionAnomaly
from charging.states import AnomalyStatus
from csms.console import limits, locallists
from csms.console.access import COMMAND as COMMAND
from csms.console.access import page_context, require, staff_only, visible
from csms.console.addresses import charger_url
from csms.console.changes import rows_of
from csms.console.commandmenu import FORMS
from csms.console.frames import recent_exchanges
from csms.console.logs import logs
from csms.console.noteforms import NoteForm
from csms.console.onboarding import checks
from csms.console.security import security
from csms.console.timeline import timeline
from csms.console.upkeep import upkeep
from csms.console.week import week_of
from live.topics import sign
from stations.models import ChargingStation, Command, Connector, Evse, StationNote, StatusInterval, Variable
from stations.presence import evse_status, presence
from stations.reasons import why_offline
from stations.services import profiles_of, set_station_password

MANY_CONNECTS_AN_HOUR = 20

FRAMES_SHOWN = 20
REPAIRS_SHOWN = 20


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    station = find(request, pk)
    context = page_context(
        request,
        ChargingStation,
        title=str(station),
        original=station,
        live_token=sign(user_of(request).pk, [f"station:{station.pk}"]),
    )
    for name in PARTS.keys() - LATER:
        context |= PARTS[name](request, station)
    return render(request, "console/station.html", context)


@staff_only
@require_safe
def part(request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
    if part not in PARTS:
        raise Http404
    station = find(request, pk)
    return render(request, f"console/station/{part}.html", PARTS[part](request, station))


@staff_only
@require_safe
def qr_codes(request: HttpRequest, pk: int) -> HttpResponseBase:
    """To print: one for each EVSE, with the address of settings.QR_URL_TEMPLATE."""
    station = find(request, pk)
    if not settings.QR_URL_TEMPLATE:
        raise Http404
    codes = [
        (evse, address, mark_safe(segno.make(address, micro=False).svg_inline(scale=5, border=4, light="white")))  # noqa: S308
        for evse in station.evses.all()
        for address in [settings.QR_URL_TEMPLATE.format(identity=quote(station.identity, safe=""), evse=evse.number)]
    ]
    context = page_context(request, ChargingStation, title=f"QR codes of {station}", original=station)
    return render(request, "console/qr.html", {**context, "station": station, "codes": codes})


@staff_only
@require_POST
def new_password(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Set a fresh password and show it this once; only its hash is kept."""
    station = find(request, pk)
    require(request, permission(ChargingStation, "change"), station)
    secret = set_station_password(station=station, by=user_of(request))
    context = {"station": station, "secret": secret, "address": charger_url(request)}
    return render(request, "console/station/new_password.html", context)


def find(request: HttpRequest, pk: int) -> ChargingStation:
    queryset = ChargingStation.objects.select_related("site", "organization", "connection__gateway")
    return visible(queryset, request, pk)


def head(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    return {
        "station": station,
        "presence": presence(station),
        "zone": station.time_zone,
        "may_change": user_of(request).has_perm(permission(ChargingStation, "change"), station),
        "has_qr": bool(settings.QR_URL_TEMPLATE),
        "connects_of_hour": station.connections.filter(opened_at__gt=timezone.now() - timedelta(hours=1)).count(),
        "many_connects": MANY_CONNECTS_AN_HOUR,
        "why_offline": why_offline(station),
        "address": charger_url(request),
    }


def evses(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    """Each EVSE with its connectors, since when they are in their state, its running session, and who reserved it."""
    since = StatusInterval.objects.filter(ended_at=None)
    connectors = Connector.objects.prefetch_related(Prefetch("status_intervals", queryset=since, to_attr="now"))
    rows = list(Evse.objects.filter(station=station).prefetch_related(Prefetch("connectors", queryset=connectors)))
    running = running_sessions(station)
    by_number: dict[int | None, list[Session]] = {}
    for session in running:
        by_number.setdefault(session.evse_number, []).append(session)
    held = Reservation.objects.open().filter(station=station).select_related("token__driver").order_by("expires_at")
    reserved: dict[int | None, list[Reservation]] = {}
    for reservation in held:
        reserved.setdefault(reservation.evse_number, []).append(reservation)
    cards = [
        {
            "evse": evse,
            "state": evse_status(evse, is_online=station.is_online),
            "sessions": by_number.pop(evse.number, []),
            "reservations": reserved.pop(evse.number, []),
        }
        for evse in rows
    ]
    unplaced = [session for sessions in by_number.values() for session in sessions]
    return {
        "station": station,
        "zone": station.time_zone,
        "cards": cards,
        "unplaced": unplaced,
        "other_reservations": [reservation for rest in reserved.values() for reservation in rest],
        "may_command": user_of(request).has_perm(COMMAND, station),
    }


def running_sessions(station: ChargingStation) -> list[Session]:
    return list(
        Session.objects.ongoing()
        .filter(station=station)
        .select_related("driver", "token", "station")
        .order_by("evse_number", "started_at")
    )


def running(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    """The charts. Values are fetched by the chart itself, so that it is not drawn anew with each reading."""
    sessions = running_sessions(station)
    return {
        "station": station,
        "sessions": sessions,
        "session_token": sign(user_of(request).pk, [f"session:{session.pk}" for session in sessions]),
        "last_session": None if sessions else Session.objects.filter(station=station).first(),
    }


def commands(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    return {
        "station": station,
        "zone": station.time_zone,
        "commands": Command.objects.filter(station=station).select_related("requested_by")[:10],
    }


def panel(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    may = user_of(request).has_perm(COMMAND, station)
    return {
        "station": station,
        "is_online": station.is_online,
        "may_command": may,
        "command_forms": [form for form in FORMS.values() if may and form.is_in_panel],
    }


def wire(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    shown = recent_exchanges(station, count=FRAMES_SHOWN)
    return {"station": station, "zone": station.time_zone, "exchanges": shown}


def history(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    open_anomalies = SessionAnomaly.objects.filter(station=station, status=AnomalyStatus.OPEN)
    return {
        "station": station,
        "zone": station.time_zone,
        "week": week_of(station),
        "moments": timeline(station),
        "anomalies": open_anomalies[:5],
        "refusals": station.rejected_connections.all()[:3],
    }


def variables(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    may_command = user_of(request).has_perm(COMMAND, station)
    return {
        "station": station,
        "zone": station.time_zone,
        "rows": rows_of(station, Variable.objects.filter(station=station)[:1000], may_command=may_command),
        "may_command": may_command,
    }


def notes(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    user = user_of(request)
    return {
        "station": station,
        "zone": station.time_zone,
        "notes": station.notes.select_related("author")[:50],
        "note_form": NoteForm(auto_id="note-%s"),
        "may_add_note": user.has_perm(permission(StationNote, "add"), station),
        "may_delete_note": user.has_perm(permission(StationNote, "delete"), station),
    }


def quirks(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    """What its charger does otherwise than the specification says, and what is known of its model."""
    return {
        "station": station,
        "zone": station.time_zone,
        "repairs": station.repair_counts.order_by("-count")[:REPAIRS_SHOWN],
        "profiles": profiles_of(station),
    }


PARTS: dict[str, Callable[[HttpRequest, ChargingStation], dict[str, Any]]] = {
    "head": head,
    "panel": panel,
    "evses": evses,
    "running": running,
    "commands": commands,
    "wire": wire,
    "history": history,
    "variables": variables,
    "notes": notes,
    "limits": limits.part,
    "local_list": locallists.part,
    "upkeep": upkeep,
    "logs": logs,
    "onboarding": checks,
    "quirks": quirks,
    "security": security,
}
# They read far back, or hundreds of rows, or are looked at seldom, so the page asks for them when it is there.
LATER = frozenset({"limits", "local_list", "logs", "onboarding", "quirks", "security", "upkeep", "variables"})
