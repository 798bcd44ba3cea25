"""Entity tags: an unchanged answer is not sent again, and nobody overwrites what they have not seen."""

import hashlib
from typing import Any

from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from api.refusals import ChangedMeanwhile


def etag_of(data: Any) -> str:
    return f'"{hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]}"'


def require_unchanged(request: Request, data: Any) -> None:
    """Raises ChangedMeanwhile when ``If-Match`` names none of the row's present tag."""
    wanted = request.headers.get("If-Match", "").strip()
    if not wanted or wanted == "*":
        return
    if etag_of(data) not in parse_etags(wanted):
        raise ChangedMeanwhile
