"""The wire log of a station on a page of its own: searched, filtered by time, and exported."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import orjson
from asgiref.sync import sync_to_async
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.console.quantities import zone
from accounts.console.tenants import user_of
from csms.console.access import page_context, staff_only
from csms.console.frames import Wanted, recent_exchanges
from csms.console.station import find
from live.topics import sign
from stations.models import ChargingStation, Frame

SHOWN = 200
AT_ONCE = 1000
TEXTS = ("action", "direction", "text")
TIMES = ("since", "until")


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    station = find(request, pk)
    chosen = _chosen(request.GET, station)
    shown = recent_exchanges(station, count=SHOWN, **chosen)
    entered = {name: request.GET.get(name, "")[:100] for name in (*TEXTS, *TIMES)}
    context = {"station": station, "zone": station.time_zone, "exchanges": shown, **entered}
    context["query"] = request.GET.urlencode()
    if "HX-Request" in request.headers:
        return render(request, "console/station/exchanges.html", context)
    topics = [f"station:{station.pk}"]
    context["live_token"] = sign(user_of(request).pk, topics)
    context |= page_context(request, ChargingStation, title=f"Wire log of {station}", original=station)
    return render(request, "console/frames.html", context)


@staff_only
@require_POST
def export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What fits the filter, oldest first, a JSON object a line; masked as it is kept. However long, in little memory.

    For a replay the station is described first: docs/replay.md.

    By POST: it is written to the audit trail.
    """
    station = find(request, pk)
    wanted = Wanted(**_chosen(request.POST, station))
    audit.record(actor=user_of(request), action="exported", target=station, what="wire log")
    head = _head(station) if "replay" in request.POST else b""
    answer = StreamingHttpResponse(_lines(station.pk, wanted, head), content_type="application/x-ndjson")
    name = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in station.identity)
    answer["Content-Disposition"] = f'attachment; filename="frames-{name}-{timezone.now():%Y-%m-%d}.jsonl"'
    return answer


def _chosen(sent: Any, station: ChargingStation) -> dict[str, Any]:
    """What is no time is no filter."""
    chosen: dict[str, Any] = {name: sent.get(name, "")[:100] for name in TEXTS}
    for name in TIMES:
        chosen[name] = _time(sent.get(name, "")[:40], station.time_zone)
    if chosen["until"] is not None:
        chosen["until"] += timedelta(seconds=59)  # the picker knows minutes
    return chosen


def _time(text: str, time_zone: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at.replace(tzinfo=zone(time_zone)) if at and at.tzinfo is None else at


def _head(station: ChargingStation) -> bytes:
    """What `make replay` needs to know of the station; nothing that says where it is or whose."""
    told = {
        "ocpp_version": station.ocpp_version,
        "vendor": station.vendor,
        "model": station.model,
        "firmware_version": station.firmware_version,
        "time_zone": station.time_zone,
        "traits": station.traits,
    }
    return orjson.dumps({"replay": told}) + b"\n"


async def _lines(station_id: int, wanted: Wanted, head: bytes) -> AsyncIterator[bytes]:
    """By pages after the last row, so that no cursor and no transaction stays open while somebody downloads."""
    if head:
        yield head
    last: tuple[datetime, int] | None = None
    while page := await sync_to_async(_page)(station_id, wanted, last):
        last = (page[-1].at, page[-1].pk)
        yield b"".join(map(_line, page))


def _page(station_id: int, wanted: Wanted, last: tuple[datetime, int] | None) -> list[Frame]:
    frames = wanted.of(Frame.objects.filter(station=station_id)).order_by("at", "pk")
    if wanted.direction in ("0", "1"):
        frames = frames.filter(direction=int(wanted.direction))
    if last is not None:
        frames = frames.filter(Q(at__gt=last[0]) | Q(at=last[0], pk__gt=last[1]), at__gte=last[0])
    return list(frames[:AT_ONCE])


def _line(frame: Frame) -> bytes:
    row = {
        "at": frame.at,
        "direction": frame.get_direction_display(),
        "connection": frame.connection_id,
        "message_id": frame.message_id,
        "action": frame.action,
        "frame": frame.text,
        "repairs": frame.repairs,
        "error_code": frame.error_code,
    }
    return orjson.dumps(row) + b"\n"
