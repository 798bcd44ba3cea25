"""Inviting a colleague, and what an owner does with an invitation afterwards."""

import logging
from smtplib import SMTPException
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget

from accounts.console.tenants import permitted, user_of
from accounts.errors import AccountsError
from accounts.models import Invitation, Organization, User
from accounts.roles import Role
from accounts.services import invitations as services
from csms.console.access import page_context, require, staff_only, visible

ADD, CHANGE = "accounts.add_invitation", "accounts.change_invitation"
log = logging.getLogger(__name__)


class InvitationForm(forms.Form):
    organization = forms.ModelChoiceField(
        Organization.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget()
    )
    email = forms.EmailField(label="E-mail address", max_length=254, widget=UnfoldAdminEmailInputWidget())
    role = forms.ChoiceField(choices=Role, initial=Role.READ_ONLY, widget=UnfoldAdminSelectWidget())

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        organization: Any = self.fields["organization"]
        organization.queryset = permitted_organizations(user)
        organization.initial = organization.queryset.first()


def permitted_organizations(user: User) -> Any:
    return permitted(user, Organization.objects.all(), ADD)


@staff_only
def invite(request: HttpRequest) -> HttpResponseBase:
    user = user_of(request)
    if not user.has_perm(ADD):
        raise PermissionDenied
    form = InvitationForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, secret = services.invite(**form.cleaned_data, by=user)
        except AccountsError as refusal:
            form.add_error("email", str(refusal))
        else:
            _send(request, invitation, secret)
            return redirect("console:invitation", pk=invitation.pk)
    context = page_context(request, Invitation, title="Invite a colleague", form=form)
    return render(request, "console/invitation/form.html", context)


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    invitation = find(request, pk)
    context = page_context(
        request,
        Invitation,
        title=f"Invitation of {invitation.email}",
        original=invitation,
        invitation=invitation,
        zone=invitation.organization.time_zone,
        may_change=user_of(request).has_perm(CHANGE, invitation) and invitation.state in {"open", "expired"},
    )
    return render(request, "console/invitation/page.html", context)


@staff_only
@require_POST
def resend(request: HttpRequest, pk: int) -> HttpResponseBase:
    invitation = find(request, pk)
    require(request, CHANGE, invitation)
    try:
        secret = services.renew_invitation(invitation=invitation, by=user_of(request))
    except AccountsError as refusal:
        messages.warning(request, str(refusal))
    else:
        _send(request, invitation, secret)
    return redirect("console:invitation", pk=pk)


@staff_only
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    invitation = find(request, pk)
    require(request, CHANGE, invitation)
    try:
        services.revoke_invitation(invitation=invitation, by=user_of(request))
    except AccountsError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "The invitation is revoked; its link does nothing any more.")
    return redirect("console:invitation", pk=pk)


def find(request: HttpRequest, pk: int) -> Invitation:
    return visible(Invitation.objects.select_related("organization", "invited_by", "accepted_by"), request, pk)


def _send(request: HttpRequest, invitation: Invitation, secret: str) -> None:
    link = request.build_absolute_uri(reverse("invitation", args=[secret]))
    try:
        services.send_invitation(invitation=invitation, link=link)
    except (SMTPException, OSError) as failure:
        log.warning("invitation was not sent", extra={"invitation": invitation.pk, "failure": type(failure).__name__})
        messages.error(request, "The mail server did not take the e-mail. The invitation is kept: send it again later.")
    else:
        messages.success(request, f"An e-mail is on its way to {invitation.email}.")
