"""Notes and files of a station, on its page."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.console.tenants import permission, user_of
from csms.console.access import require, staff_only, visible
from csms.console.noteforms import NoteForm
from csms.console.station import find
from stations.errors import UnsuitableFile
from stations.models import StationNote
from stations.services import add_note, delete_note

ADD, DELETE = permission(StationNote, "add"), permission(StationNote, "delete")


@staff_only
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponseBase:
    station = find(request, pk)
    require(request, ADD, station)
    form = NoteForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.warning(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("console:station", pk)
    try:
        add_note(station=station, text=form.cleaned_data["text"], file=form.cleaned_data["file"], by=user_of(request))
    except UnsuitableFile as problem:
        messages.warning(request, str(problem))
    return redirect("console:station", pk)


def _find(request: HttpRequest, pk: int) -> StationNote:
    return visible(StationNote.objects.select_related("station__organization"), request, pk)


@staff_only
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    note = _find(request, pk)
    require(request, DELETE, note)
    station_id = note.station_id
    delete_note(note=note, by=user_of(request))
    return redirect("console:station", station_id)


@staff_only
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Pictures are shown, everything else is downloaded: nothing that was uploaded runs in the page's name."""
    note = _find(request, pk)
    if not note.file:
        raise Http404
    with note.file.open("rb") as stored:
        answer = HttpResponse(stored.read(), content_type=note.media_type)
    answer["Content-Disposition"] = content_disposition_header(not note.is_image, note.file_name) or "attachment"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
