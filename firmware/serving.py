"""Files given out in parts: whole, or the range that a station asks for after an interruption (RFC 9110 §14)."""

import re
from collections.abc import Iterator
from http import HTTPStatus

from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.console.streaming import SentAsMade

PART_BYTES = 65_536
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
MEDIA_TYPE = "application/octet-stream"
SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


def served(request: HttpRequest, file: FieldFile, *, size: int, tag: str) -> HttpResponseBase:
    """Raises FileNotFoundError."""
    if not file.name or not file.storage.exists(file.name):
        raise FileNotFoundError(file.name)
    headers = {**SAFE, "Accept-Ranges": "bytes", "ETag": f'"{tag}"'}
    first, last, status = 0, size - 1, HTTPStatus.OK
    wanted = RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted and request.headers.get("If-Range", headers["ETag"]) == headers["ETag"]:
        span = _span(wanted[1], wanted[2], size)
        if span is None:
            headers["Content-Range"] = f"bytes */{size}"
            return HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
        first, last, status = *span, HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type=MEDIA_TYPE)
    return SentAsMade(_parts(file, first, last), status=status, headers=headers, content_type=MEDIA_TYPE)


def _span(begin: str, end: str, size: int) -> tuple[int, int] | None:
    """First and last byte; None if there are none such. ``-500`` are the last 500."""
    if not begin:
        first, last = max(size - int(end or 0), 0), size - 1
    else:
        first, last = int(begin), min(int(end), size - 1) if end else size - 1
    return (first, last) if first <= last and first < size else None


def _parts(file: FieldFile, first: int, last: int) -> Iterator[bytes]:
    with file.open("rb") as stored:
        stored.seek(first)
        left = last - first + 1
        while left > 0 and (part := stored.read(min(PART_BYTES, left))):
            left -= len(part)
            yield part
