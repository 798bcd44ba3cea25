"""Where the request that is being answered comes from, for whoever records what was done."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User

MAX_AGENT = 60
# The first that fits names the browser: each also claims to be those below it.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Version", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"))
MORE_SYSTEMS = (("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))


@dataclass(frozen=True)
class Origin:
    request: HttpRequest | None = None

    @property
    def address(self) -> str | None:
        return address_of(self.request) if self.request else None

    @property
    def agent(self) -> str:
        return short_agent(self.request.headers.get("user-agent", "")) if self.request else ""

    @property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @property
    def impersonator(self) -> User | None:
        """Support who acts as the user, if that is so: see accounts/impersonation.py."""
        return getattr(self.request, "impersonator", None)


NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin")


def current_origin() -> Origin:
    return _origin.get(NOWHERE)


@contextmanager
def origin_of(request: HttpRequest) -> Iterator[None]:
    token = _origin.set(Origin(request))
    try:
        yield
    finally:
        _origin.reset(token)


class OriginMiddleware:
    """Keeps the request at hand, so that services need no argument for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with origin_of(request):
            return self.get_response(request)


def address_of(request: HttpRequest) -> str | None:
    """The client's address. The proxy's header counts only where there is a proxy, and only what that one added."""
    forwarded = request.headers.get("x-forwarded-for") if settings.SECURE_PROXY_SSL_HEADER else None
    said = forwarded.split(",")[-1].strip() if forwarded else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(said))
    except ValueError:
        return None


def short_agent(agent: str) -> str:
    """``Firefox 133 on Linux``: enough to recognise a device, too little to follow one."""
    for mark, name in BROWSERS:
        if version := re.search(rf"{mark}/(\d+)", agent):
            system = next((label for word, label in SYSTEMS + MORE_SYSTEMS if word in agent), "")
            return f"{name} {version[1]} on {system}" if system else f"{name} {version[1]}"
    # A program names itself first.
    return "".join(filter(str.isprintable, agent.split(" ")[0]))[:MAX_AGENT]
