"""The logs of a station on its page, and their files."""

from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.console.tenants import permission, user_of
from csms.console.access import COMMAND, require, staff_only, visible
from firmware.models import LogFile, LogProgress, LogRequest
from firmware.serving import served
from firmware.states import LogStatus
from stations.models import ChargingStation

DOWNLOAD = permission(LogFile, "download")
SHOWN = 10


def logs(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    user = user_of(request)
    rows = LogRequest.objects.filter(station=station).select_related("command", "location", "requested_by")
    rows = rows.prefetch_related("files", Prefetch("progress", LogProgress.objects.order_by("pk")))
    return {
        "station": station,
        "zone": station.time_zone,
        "logs": rows[:SHOWN],
        "unasked": LogProgress.objects.filter(station=station, request=None).exclude(status=LogStatus.IDLE)[:3],
        "may_command": user.has_perm(COMMAND, station),
        "may_download": user.has_perm(DOWNLOAD, station),
    }


@staff_only
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Saved, never shown: what a station sends must not run in the page's name."""
    kept = visible(LogFile.objects.select_related("request__station__organization"), request, pk)
    require(request, DOWNLOAD, kept)
    try:
        answer = served(request, kept.file, size=kept.size, tag=kept.sha256)
    except FileNotFoundError as gone:
        raise Http404 from gone
    answer["Content-Disposition"] = content_disposition_header(True, kept.name) or "attachment"
    audit.record(actor=user_of(request), action="log downloaded", target=kept.request.station, file=kept.name)
    return answer
