"""When the page that is being made was asked for: it shows everything that was committed before."""

import time
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponseBase

LONG_AGO = 0.0
_asked_at: ContextVar[float] = ContextVar("asked_at", default=LONG_AGO)


def asked_at() -> float:
    """In seconds since 1970; long ago where nothing was asked for."""
    return _asked_at.get()


class AskedAtMiddleware:
    """Stands before whatever reads the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _asked_at.set(time.time())
        try:
            return self.get_response(request)
        finally:
            _asked_at.reset(token)
