"""What Django and axes tell about logging in and out goes into the audit trail."""

import logging
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit
from accounts.lockout import forget_failures
from accounts.models import User, UserSession
from accounts.second_factor import has_second_factor
from accounts.sessions import FACTOR, SEEN

log = logging.getLogger(__name__)


@receiver(user_logged_in)
def _logged_in(request: HttpRequest | None, user: User, **_: Any) -> None:
    audit.record(actor=user, action="logged in", target=user)
    if request is None:
        return
    for name in (FACTOR, SEEN):
        request.session.pop(name, None)
    if not has_second_factor(user):
        forget_failures(request, user)


@receiver(user_logged_out)
def _logged_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        audit.record(actor=user, action="logged out", target=user)


@receiver(user_login_failed)
def _login_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Only for people who exist, and not while they are locked: trying at random must not fill the trail."""
    if was_refused_unseen(request):
        return
    person = _named(credentials)
    if person is None:
        log.warning("login of an unknown address failed")
        return
    audit.record(actor=None, action="login failed", target=person)


@receiver(user_locked_out)
def _locked_out(request: HttpRequest, username: str, **_: Any) -> None:
    person = _named({"username": username})
    if person is not None and not was_refused_unseen(request):
        audit.record(actor=None, action="locked out", target=person)


def was_refused_unseen(request: HttpRequest | None) -> bool:
    """Axes refused it before the password was looked at; then it counts no failures."""
    locked, failures = (getattr(request, f"axes_{name}", None) for name in ("locked_out", "failures_since_start"))
    return bool(locked) and not failures


def _named(credentials: dict[str, Any]) -> User | None:
    email = str(credentials.get("username") or "").strip().lower()
    return User.objects.filter(email=email).first()
