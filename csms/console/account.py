"""A person's own account: the second factor, and the browsers they are logged in with."""

import math
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import second_factor
from accounts.console.tenants import user_of
from accounts.errors import AccountsError, InvalidCode
from accounts.lockout import count_failure, forget_failures, may_try
from accounts.models import User
from accounts.sessions import end_sessions, passed_second_factor, sessions_of
from csms.console.access import page_context, staff_only

PENDING_SECRET = "pending_second_factor"  # noqa: S105 - the name of a session's entry
CODE_INPUT = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}


class CodeForm(forms.Form):
    code = forms.CharField(max_length=20, widget=UnfoldAdminTextInputWidget(attrs=CODE_INPUT))


@staff_only
@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    user = user_of(request)
    context = page_context(
        request,
        None,
        title="Your account",
        sessions=sessions_of(user),
        current_key=request.session.session_key,
        has_second_factor=second_factor.has_second_factor(user),
        is_required=second_factor.needs_second_factor(user),
        form=CodeForm(),
        visits=user.impersonated.select_related("impersonator")[:20],
    )
    return render(request, "console/account/page.html", context)


@staff_only
def ask_second_factor(request: HttpRequest) -> HttpResponseBase:
    """After the password, before anything else."""
    user = user_of(request)
    if not second_factor.has_second_factor(user):
        return redirect("console:second_factor_setup" if second_factor.needs_second_factor(user) else "admin:index")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _proves(request, user, form):
            passed_second_factor(request)
            forget_failures(request, user)
            return redirect(_next(request))
        if not may_try(request, user):
            logout(request)
            return locked_out(request)
    return render(request, "console/account/code.html", {"form": form})


@staff_only
def set_up(request: HttpRequest) -> HttpResponseBase:
    """The QR code, and the first code as the proof that it was read. Again: with a code of the old one first."""
    user = user_of(request)
    if second_factor.has_second_factor(user):
        return redirect("console:account")
    secret = request.session.get(PENDING_SECRET) or second_factor.new_secret()
    request.session[PENDING_SECRET] = secret
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factor.enrol(user=user, secret=secret, code=form.cleaned_data["code"].replace(" ", ""))
        except AccountsError as refusal:
            form.add_error("code", str(refusal))
        else:
            del request.session[PENDING_SECRET]
            passed_second_factor(request)
            return render(request, "console/account/recovery_codes.html", {"codes": codes})
    image = segno.make(second_factor.enrolment_url(user, secret), error="m")
    context = {"form": form, "secret": " ".join(_groups(secret)), "image": image.svg_data_uri(scale=5, border=2)}
    return render(request, "console/account/set_up.html", context)


@staff_only
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponseBase:
    user, form = user_of(request), CodeForm(request.POST)
    if not (form.is_valid() and _proves(request, user, form)):
        return _refuse(request)
    codes = second_factor.renew_recovery_codes(user=user)
    return render(request, "console/account/recovery_codes.html", {"codes": codes})


@staff_only
@require_POST
def remove(request: HttpRequest) -> HttpResponseBase:
    user, form = user_of(request), CodeForm(request.POST)
    if not (form.is_valid() and _proves(request, user, form)):
        return _refuse(request)
    try:
        second_factor.remove_second_factor(user=user, by=user)
    except AccountsError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "The second factor is removed.")
    return redirect("console:account")


@staff_only
@require_POST
def end(request: HttpRequest) -> HttpResponseBase:
    """One session, or all but this."""
    user = user_of(request)
    sessions = sessions_of(user).exclude(session_key=request.session.session_key)
    wanted = request.POST.get("session", "")
    if wanted != "others":
        sessions = sessions.filter(pk=int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0)
    count = end_sessions(sessions=sessions, by=user)
    messages.success(request, "Logged out there." if count else "That session had ended already.")
    return redirect("console:account")


def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """For settings.AXES_LOCKOUT_CALLABLE."""
    minutes = math.ceil(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    answer = render(request, "console/account/locked_out.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer


def _proves(request: HttpRequest, user: User, form: CodeForm) -> bool:
    if not may_try(request, user):
        return False
    if second_factor.accepts_code(user=user, code=form.cleaned_data["code"]):
        return True
    count_failure(request, user)
    form.add_error("code", str(InvalidCode()))
    return False


def _refuse(request: HttpRequest) -> HttpResponseBase:
    messages.error(request, str(InvalidCode()))
    return redirect("console:account")


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("admin:index")


def _groups(secret: str) -> list[str]:
    return [secret[begin : begin + 4] for begin in range(0, len(secret), 4)]
