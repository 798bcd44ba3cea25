"""What an owner does about a colleague's access: end sessions, unlock, take a lost second factor away."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.admin.people import manageable_users
from accounts.console.tenants import user_of
from accounts.lockout import locks_of, unlock
from accounts.models import Organization, User
from accounts.second_factor import has_second_factor, remove_second_factor
from accounts.sessions import end_sessions, sessions_of
from csms.console.access import page_context, staff_only


def _end_sessions(member: User, by: User) -> None:
    end_sessions(sessions=sessions_of(member), by=by)


def _unlock(member: User, by: User) -> None:
    unlock(user=member, by=by)


def _remove_second_factor(member: User, by: User) -> None:
    remove_second_factor(user=member, by=by)
    end_sessions(sessions=sessions_of(member), by=by)


DEEDS: dict[str, tuple[Callable[[User, User], None], str]] = {
    "end-sessions": (_end_sessions, "Logged out everywhere."),
    "unlock": (_unlock, "Unlocked: they can log in again."),
    "remove-second-factor": (
        _remove_second_factor,
        "The second factor is removed, and they are logged out everywhere.",
    ),
}


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    member = find(request, pk)
    context = page_context(
        request,
        User,
        title=f"Access of {member}",
        original=member,
        member=member,
        sessions=sessions_of(member),
        locks=locks_of(member),
        has_second_factor=has_second_factor(member),
    )
    return render(request, "console/account/member.html", context)


@staff_only
@require_POST
def do(request: HttpRequest, pk: int, deed: str) -> HttpResponseBase:
    member = find(request, pk)
    if deed not in DEEDS:
        raise Http404
    act, done = DEEDS[deed]
    act(member, user_of(request))
    messages.success(request, done)
    return redirect("console:member", pk=pk)


def find(request: HttpRequest, pk: int) -> User:
    """Whom the user may manage. A colleague one only sees is forbidden, a stranger does not exist."""
    user = user_of(request)
    member = manageable_users(user).filter(pk=pk).first()
    if member is not None and member != user:
        return member
    shared = Organization.objects.visible_to(user).filter(memberships__user=pk)
    if pk == user.pk or shared.exists():
        raise PermissionDenied
    raise Http404
