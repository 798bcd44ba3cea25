"""The browsers a person is logged in with, and what each request must have before it gets further."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import User, UserSession
from accounts.origin import current_origin
from accounts.second_factor import has_second_factor, needs_second_factor

SEEN, FACTOR = "seen_at", "second_factor"
# What is known about a session is asked again after so long.
FRESH_S = 60
PASSED, FREE = "passed", "free"


def sessions_of(user: User) -> QuerySet[UserSession]:
    living = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return UserSession.objects.filter(user=user, session_key__in=living)


@transaction.atomic
def end_sessions(*, sessions: QuerySet[UserSession], by: User) -> int:
    """Whoever uses them has to log in again. Returns how many."""
    rows = list(sessions.select_related("user"))
    keys = [row.session_key for row in rows]
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    for row in rows:
        audit.record(actor=by, action="session ended", target=row.user, device=row.agent, from_address=row.address)
    return len(rows)


def forget_dead_sessions() -> int:
    living = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    old = UserSession.objects.filter(last_seen_at__lt=timezone.now() - timedelta(days=1))
    return old.exclude(session_key__in=living).delete()[0]


def passed_second_factor(request: HttpRequest) -> None:
    request.session.cycle_key()
    request.session[FACTOR] = PASSED
    _note(request, _user(request))


class SessionMiddleware:
    """Keeps the list of sessions, to the minute, and asks for the second factor before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "_auth_user_id" not in request.session or not request.user.is_authenticated:
            return self.get_response(request)
        if time.time() - float(request.session.get(SEEN, 0)) > FRESH_S:
            _note(request, _user(request))
        if request.session.get(FACTOR) in {PASSED, FREE} or request.path in _always_open():
            return self.get_response(request)
        return _to_second_factor(request)


def _note(request: HttpRequest, user: User) -> None:
    request.session[SEEN] = time.time()
    if request.session.get(FACTOR) != PASSED:
        is_free = not (has_second_factor(user) or needs_second_factor(user))
        request.session[FACTOR] = FREE if is_free else ""
    origin = current_origin()
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "address": origin.address,
            "agent": origin.agent,
            "last_seen_at": timezone.now(),
        },
    )


def _always_open() -> set[str]:
    names = ("console:second_factor", "console:second_factor_setup", "admin:logout", "admin:login", "admin:jsi18n")
    return {reverse(name) for name in names}


def _to_second_factor(request: HttpRequest) -> HttpResponseBase:
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(f"{reverse('console:second_factor')}?next={request.path}")


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the middleware looked
    return user
