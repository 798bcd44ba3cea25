"""Where programs that speak OAuth2 get access tokens, and give them back."""

import json
import time
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import RevokeTokenView, TokenView

from accounts.origin import address_of
from api.ratelimit import WINDOW_S, count
from api.refusals import CONTENT_TYPE

TITLES = {"invalid_client": "Client id or secret is wrong.", "invalid_scope": "The client may not have this scope."}


@method_decorator(csrf_exempt, name="dispatch")
class Answers:
    """Refusals as RFC 9457 and RFC 6749 both want them. Checking a secret is dear, so few are checked a minute.

    Programs have no cookie: that these views need no token of a form is said here, where ``dispatch`` is.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        now = int(time.time())
        if count(f"api:tokens:{address_of(request)}:{now // WINDOW_S}") > settings.API_TOKENS_PER_MINUTE:
            answer = problem(HTTPStatus.TOO_MANY_REQUESTS, "temporarily_unavailable", "Too many requests this minute.")
            answer["Retry-After"] = str(WINDOW_S - now % WINDOW_S)
            return answer
        return as_problem(super().dispatch(request, *args, **kwargs))  # type: ignore[misc]


class Tokens(Answers, TokenView):
    pass


class Revocation(Answers, RevokeTokenView):
    pass


def as_problem(answer: HttpResponse) -> HttpResponse:
    """The answer itself, unless it refuses."""
    if answer.status_code < 400:
        return answer
    told = json.loads(answer.content) if answer.content.startswith(b"{") else {}
    error = told.get("error", "invalid_request")
    refusal = problem(answer.status_code, error, told.get("error_description") or TITLES.get(error, ""))
    for name in ("WWW-Authenticate", "Allow"):
        if name in answer:
            refusal[name] = answer[name]
    return refusal


def problem(status: int, error: str, detail: str) -> HttpResponse:
    title = HTTPStatus(status).phrase
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail or title, "errors": []}
    oauth = {"error": error, "error_description": detail or title}
    headers = {"Cache-Control": "no-store"}
    return JsonResponse(told | oauth, status=status, content_type=CONTENT_TYPE, headers=headers)
