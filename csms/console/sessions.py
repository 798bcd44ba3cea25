"""The session page: what was charged, when, by whom, how, and what was odd about it."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.console.tenants import user_of
from charging.models import Session, SignatureReport
from charging.reasons import why_no_energy
from charging.services import transparency_of
from csms.console.access import page_context, staff_only, visible
from csms.console.charts import curve_of
from csms.console.station import COMMAND
from live.topics import sign
from smartcharging.reasons import why_this_current

TABLE_ROWS = 60
SIGNED_SHOWN = 100


def find(request: HttpRequest, pk: int) -> Session:
    queryset = Session.objects.select_related(
        "station__site", "station__organization", "organization", "driver", "token__group"
    )
    return visible(queryset, request, pk)


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    session = find(request, pk)
    topics = [f"session:{session.pk}", f"station:{session.station_id}"] if session.is_ongoing else []
    context = page_context(
        request,
        Session,
        title=f"Session at {session.station}",
        original=session,
        live_token=sign(user_of(request).pk, topics) if topics else "",
    )
    for read in PARTS.values():
        context |= read(request, session)
    return render(request, "console/session.html", context)


@staff_only
@require_safe
def part(request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
    if part not in PARTS:
        raise Http404
    session = find(request, pk)
    return render(request, f"console/session/{part}.html", PARTS[part](request, session))


@staff_only
@require_safe
def series(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the chart draws."""
    session = find(request, pk)
    return JsonResponse(curve_of(session).as_json(session.station.time_zone))


@staff_only
@require_safe
def table(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The same values in rows, for whoever reads better than they see."""
    session = find(request, pk)
    rows = curve_of(session, max_points=TABLE_ROWS).rows()
    return render(request, "console/session/table.html", {"rows": rows, "zone": session.station.time_zone})


@staff_only
@require_safe
def transparency(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The signed values and their keys, for the driver to check with the transparency software of S.A.F.E."""
    session = find(request, pk)
    if not session.signed_readings.exists():
        raise Http404
    answer = HttpResponse(transparency_of(session), content_type="application/xml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="session-{session.pk}.xml"'
    return answer


def summary(request: HttpRequest, session: Session) -> dict[str, Any]:
    return {
        "session": session,
        "zone": session.station.time_zone,
        "lasted": (session.ended_at or timezone.now()) - session.started_at,
        "may_command": session.is_ongoing and user_of(request).has_perm(COMMAND, session.station),
    }


def reasons(request: HttpRequest, session: Session) -> dict[str, Any]:
    """Why nothing was charged, and what holds the car back now."""
    return {
        "session": session,
        "zone": session.station.time_zone,
        "no_energy": why_no_energy(session),
        "current": why_this_current(session),
    }


def oddities(request: HttpRequest, session: Session) -> dict[str, Any]:
    return {
        "session": session,
        "zone": session.station.time_zone,
        "anomalies": session.anomalies.all(),
        "events": session.events.all()[:100],
    }


def signatures(request: HttpRequest, session: Session) -> dict[str, Any]:
    """What the meter signed, whether it is true, and whether it is what is billed."""
    return {
        "session": session,
        "zone": session.station.time_zone,
        "report": SignatureReport.objects.filter(session=session).first(),
        "signed": session.signed_readings.order_by("at", "pk")[:SIGNED_SHOWN],
    }


PARTS: dict[str, Callable[[HttpRequest, Session], dict[str, Any]]] = {
    "summary": summary,
    "reasons": reasons,
    "oddities": oddities,
    "signatures": signatures,
}
