"""The door of stations that send and fetch files: a few of HTTP's verbs at an address that was made for one of them.

No login, no cookie, no CSRF token: whoever knows the address may put a log there, or fetch a firmware, and no more.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from accounts.origin import address_of
from firmware.errors import TooLarge, TooManyFiles
from firmware.models import FirmwareUpdate, LogRequest
from firmware.services import find_download, find_upload, note_download, receive_log
from firmware.serving import served

PART_BYTES = 65_536


@csrf_exempt
@never_cache
def files(request: HttpRequest, secret: str, name: str = "") -> HttpResponseBase:
    """Each address is for one direction."""
    if log := find_upload(secret):
        return _take(request, log, name)
    if update := find_download(secret):
        return _give(request, update)
    return HttpResponse(status=HTTPStatus.NOT_FOUND)


def _give(request: HttpRequest, update: FirmwareUpdate) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
    firmware = update.firmware
    try:
        answer = served(request, firmware.file, size=firmware.size or 0, tag=firmware.sha256)
    except FileNotFoundError:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    answer["Content-Disposition"] = content_disposition_header(True, firmware.file_name) or "attachment"
    if request.method == "GET":
        note_download(update)
    return answer


def _take(request: HttpRequest, log: LogRequest, name: str) -> HttpResponse:
    """PUT and POST take the file as the body, POST also as a form; the name may follow the address."""
    if request.method not in ("PUT", "POST"):
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "PUT, POST"})
    if problem := _problem(request):
        return HttpResponse(status=problem)
    try:
        sent_name, parts = _sent(request)
        receive_log(log=log, name=name or sent_name, parts=parts, address=address_of(request))
    except TooLarge:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except TooManyFiles:
        return HttpResponse(status=HTTPStatus.CONFLICT)
    except MultiPartParserError:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    return HttpResponse(status=HTTPStatus.CREATED)


def _problem(request: HttpRequest) -> HTTPStatus | None:
    """What can be said before the body is read."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > settings.UPLOAD_MAX_BYTES:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if _is_form(request) and not length:
        return HTTPStatus.LENGTH_REQUIRED
    # A part of a file must not be taken for the whole (RFC 9110 §14.5).
    return HTTPStatus.BAD_REQUEST if "Content-Range" in request.headers else None


def _is_form(request: HttpRequest) -> bool:
    return request.method == "POST" and request.content_type == "multipart/form-data"


def _sent(request: HttpRequest) -> tuple[str, Iterable[bytes]]:
    if not _is_form(request):
        return "", _body(request)
    sent = next(iter(request.FILES.values()), None)
    if not isinstance(sent, UploadedFile):
        raise MultiPartParserError("There is no file in the form.")
    return sent.name or "", sent.chunks()


def _body(request: HttpRequest) -> Iterator[bytes]:
    while part := request.read(PART_BYTES):
        yield part
