"""What Django tells about logging in and out goes into the audit trail."""

import logging
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit
from accounts.models import User

log = logging.getLogger(__name__)


@receiver(user_logged_in)
def _logged_in(user: User, **_: Any) -> None:
    audit.record(actor=user, action="logged in", target=user)


@receiver(user_logged_out)
def _logged_out(user: User | None, **_: Any) -> None:
    if user is not None:
        audit.record(actor=user, action="logged out", target=user)


@receiver(user_login_failed)
def _login_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Only for people who exist: whoever tries names at random must not fill the trail."""
    email = str(credentials.get("username") or "").strip().lower()
    person = User.objects.filter(email=email).first()
    if person is None:
        log.warning("login of an unknown address failed")
        return
    audit.record(actor=None, action="login failed", target=person)
