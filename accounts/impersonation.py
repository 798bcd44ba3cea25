"""Support acts as somebody else: never as who may do more, not for long, and every step under both names."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts import audit
from accounts.errors import ImpersonatesAlready, MayNotImpersonate, OwnSecondFactorMissing
from accounts.models import Impersonation, User
from accounts.roles import Role, allows
from accounts.second_factor import needs_second_factor

KEY = "impersonation"
PERMISSION = "accounts.add_impersonation"
LOGOUT = "admin:logout"
# Secrets of the person, and what would outlast the visit.
CLOSED_PAGES = frozenset(
    {
        *("console:account", "console:second_factor", "console:second_factor_setup", "console:recovery_codes"),
        *("console:second_factor_remove", "console:sessions_end", "console:impersonate", "console:member"),
        *("console:member_do", "console:enrolment_key", "console:invite", "console:invitation_resend"),
        *("admin:password_change", "admin:password_change_done", "admin:auth_user_password_change"),
        *("admin:accounts_user_add", "admin:accounts_user_change", "admin:accounts_membership_add"),
        *("admin:accounts_membership_change", "admin:accounts_membership_delete", "invitation"),
    }
)
CLOSED_ADMINS = ("admin:api_",)


def may_impersonate(impersonator: User, user: User) -> bool:
    """Whether a role allows it in every organization of the person, and lets do all that the person's role does."""
    if user == impersonator or user.is_superuser or not (user.is_active and user.is_staff):
        return False
    if impersonator.is_superuser:
        return True
    if not user.roles or not impersonator.is_active:
        return False
    return all(
        organization in impersonator.organizations_allowing(PERMISSION)
        and includes(impersonator.roles[organization], role)
        for organization, role in user.roles.items()
    )


def includes(role: Role, other: Role) -> bool:
    """Whether a role may do everything that the other may."""
    if role == other:
        return True
    names = Permission.objects.values_list("content_type__app_label", "codename")
    wanted = (f"{app}.{name}" for app, name in names)
    return all(allows(role, permission) for permission in wanted if allows(other, permission))


@transaction.atomic
def start(*, request: HttpRequest, user: User, reason: str) -> Impersonation:
    """From the next request on. Raises ImpersonatesAlready, MayNotImpersonate or OwnSecondFactorMissing."""
    impersonator = request.user
    if KEY in request.session:
        raise ImpersonatesAlready
    if not isinstance(impersonator, User) or not may_impersonate(impersonator, user):
        raise MayNotImpersonate
    if needs_second_factor(user) and request.session.get("second_factor") != "passed":
        raise OwnSecondFactorMissing
    now = timezone.now()
    row = Impersonation.objects.create(
        impersonator=impersonator,
        user=user,
        reason=reason[:200],
        started_at=now,
        expires_at=now + timedelta(minutes=settings.IMPERSONATION_MINUTES),
    )
    request.session.cycle_key()
    request.session[KEY] = row.pk
    audit.record(actor=impersonator, action="impersonation started", target=user, reason=row.reason)
    return row


@transaction.atomic
def end(row: Impersonation, *, why: str) -> bool:
    """Returns whether it was still going on."""
    if not Impersonation.objects.open().filter(pk=row.pk).update(ended_at=timezone.now()):
        return False
    audit.record(actor=row.impersonator, action="impersonation ended", target=row.user, why=why)
    return True


def end_expired() -> int:
    """Those whose browser never came back."""
    rows = Impersonation.objects.open().filter(expires_at__lte=timezone.now()).select_related("impersonator", "user")
    return sum(end(row, why="The time was over.") for row in rows)


def person_of(user_id: int, session: SessionBase) -> int:
    """For settings.LIVE_PERSON."""
    running = Impersonation.objects.open().filter(pk=session.get(KEY) or 0, impersonator=user_id)
    person = running.filter(expires_at__gt=timezone.now()).values_list("user", flat=True).first()
    return person or user_id


class ImpersonationMiddleware:
    """Lets the request be the other person's; the rights of both are asked anew each time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if KEY in request.session and isinstance(request.user, User):
            row = _of(request)
            if row is None:
                del request.session[KEY]
                messages.warning(request, "You are yourself again: the time was over, or the rights changed.")
                return _start_page(request)
            request.impersonator = row.impersonator  # type: ignore[attr-defined]
            request.impersonation = row  # type: ignore[attr-defined]
            request.user = row.user
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        row: Impersonation | None = getattr(request, "impersonation", None)
        name = request.resolver_match.view_name if request.resolver_match else ""
        if row is None:
            return
        if name == LOGOUT:
            become_oneself(request, row)
            end(row, why="Logged out.")
        elif name in CLOSED_PAGES or name.startswith(CLOSED_ADMINS):
            raise PermissionDenied("Not while acting as somebody else.")


def become_oneself(request: HttpRequest, row: Impersonation) -> None:
    request.session.pop(KEY, None)
    request.session.cycle_key()
    request.user = row.impersonator
    request.impersonator = request.impersonation = None  # type: ignore[attr-defined]


def _of(request: HttpRequest) -> Impersonation | None:
    """What the session says, while it may go on; else it ends here."""
    rows = Impersonation.objects.open().filter(pk=request.session[KEY], impersonator=request.user.pk)
    row = rows.select_related("impersonator", "user").first()
    if row is None:
        return None
    if row.expires_at <= timezone.now():
        end(row, why="The time was over.")
        return None
    if not may_impersonate(row.impersonator, row.user):
        end(row, why="The rights of one of them changed.")
        return None
    return row


def _start_page(request: HttpRequest) -> HttpResponseBase:
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect("admin:index")
