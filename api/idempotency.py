"""``Idempotency-Key`` on POST: a request that is sent twice acts once, and is answered the same."""

import hashlib
import json
from typing import Any

from django.http import HttpResponse
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import KeptAnswer
from api.principals import Program, caller_of, principal_of
from api.refusals import Conflict, Unprocessable
from api.services import claim_answer, drop_claim, keep_answer

MAX_LENGTH = 255
KEPT_HEADERS = ("Location", "ETag", "Preference-Applied")


class Replay(Exception):
    """The answer is known already."""

    def __init__(self, kept: KeptAnswer) -> None:
        self.kept = kept


class Idempotent:
    """For views: claims the key before the handler, keeps its answer after it."""

    claim: KeptAnswer | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or key is None:
            return
        if not 0 < len(key) <= MAX_LENGTH or not key.isprintable():
            raise ValidationError({"Idempotency-Key": f"1 to {MAX_LENGTH} printable characters."})
        self.claim = _claim(request, key)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Replay):
            headers = {**exc.kept.headers, "Idempotent-Replayed": "true"}
            return Response(exc.kept.body, status=exc.kept.status_code, headers=headers)
        return super().handle_exception(exc)  # type: ignore[misc, no-any-return]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.claim is not None:
            _settle(self.claim, response)
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc, no-any-return]


def _claim(request: Request, key: str) -> KeptAnswer:
    principal = principal_of(request)
    asked = f"{request.method} {request.get_full_path()}\n".encode() + request._request.body
    request_hash = hashlib.sha256(asked).hexdigest()
    kept, is_ours = claim_answer(
        caller=caller_of(principal),
        key=key,
        request_hash=request_hash,
        organization_id=principal.organization.pk if isinstance(principal, Program) else None,
    )
    if is_ours:
        return kept
    if kept.request_hash != request_hash:
        raise Unprocessable("This Idempotency-Key was used for another request.", code="idempotency_key_reused")
    if kept.status_code is None:
        raise Conflict("The first request with this Idempotency-Key is still under way, or its end is unknown.")
    raise Replay(kept)


def _settle(claim: KeptAnswer, response: Any) -> None:
    """What was refused did nothing and may come again; after a fault of ours nobody knows, so it may not."""
    if status.is_success(response.status_code):
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        keep_answer(claim, status_code=response.status_code, headers=headers, body=_plain(response.data))
    elif status.is_client_error(response.status_code):
        drop_claim(claim)


def _plain(data: Any) -> Any:
    return json.loads(JSONRenderer().render(data))
