"""After several wrong passwords or codes an address has to wait before it may try this person again."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.origin import address_of


def client_address(request: HttpRequest) -> str | None:
    """For settings.AXES_CLIENT_IP_CALLABLE."""
    return address_of(request)


def client_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """For settings.AXES_USERNAME_CALLABLE: addresses are compared without regard to case."""
    said = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(said).strip().lower()[:254]


def log_name(username: str, ip_address: str, *_: Any) -> str:
    """For settings.AXES_CLIENT_STR_CALLABLE: no person's address in the log."""
    return str(ip_address)


def may_try(request: HttpRequest, user: User) -> bool:
    return bool(AxesProxyHandler.is_allowed(request, {"username": user.email}))


def count_failure(request: HttpRequest, user: User) -> None:
    """A wrong code counts like a wrong password."""
    user_login_failed.send(sender=__name__, credentials={"username": user.email}, request=request)


def forget_failures(request: HttpRequest, user: User) -> None:
    """Whoever is in has proved it."""
    reset(ip=address_of(request), username=user.email)


def locks_of(user: User) -> list[AccessAttempt]:
    """The addresses that have to wait before they may try this person again."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(username=user.email, attempt_time__gt=since)
    return [attempt for attempt in attempts if attempt.failures_since_start >= settings.AXES_FAILURE_LIMIT]


def unlock(*, user: User, by: User) -> None:
    reset(username=user.email)
    audit.record(actor=by, action="unlocked", target=user)
