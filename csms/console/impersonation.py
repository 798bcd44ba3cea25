"""Support begins and ends acting as somebody else."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import impersonation
from accounts.console.tenants import user_of
from accounts.errors import AccountsError
from accounts.models import Organization, User
from csms.console.access import page_context, staff_only


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "autofocus": True}),
        help_text="For example the number of the ticket. It is kept in the audit trail, which they can read.",
    )


@staff_only
def start(request: HttpRequest, pk: int) -> HttpResponseBase:
    person, form = find(request, pk), ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            impersonation.start(request=request, user=person, reason=form.cleaned_data["reason"])
        except AccountsError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("admin:index")
    context: dict[str, Any] = page_context(request, User, title=f"Act as {person}", original=person, person=person)
    return render(request, "console/account/impersonate.html", {**context, "form": form})


@staff_only
@require_POST
def end(request: HttpRequest) -> HttpResponseBase:
    row = getattr(request, "impersonation", None)
    if row is None:
        messages.info(request, "You are yourself.")
        return redirect("admin:index")
    impersonation.become_oneself(request, row)
    impersonation.end(row, why="Ended by themselves.")
    messages.success(request, f"You are yourself again, {row.impersonator}.")
    return redirect("admin:index")


def find(request: HttpRequest, pk: int) -> User:
    """Somebody with more rights is forbidden, a stranger does not exist."""
    user = user_of(request)
    person = User.objects.filter(pk=pk).first()
    if person is not None and impersonation.may_impersonate(user, person):
        return person
    shared = Organization.objects.visible_to(user).filter(memberships__user=pk)
    if person is not None and (user.is_superuser or person == user or shared.exists()):
        raise PermissionDenied
    raise Http404
