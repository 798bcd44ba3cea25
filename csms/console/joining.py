"""The page behind the link of an invitation: whoever has no account yet makes one, everybody else joins."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.errors import AccountsError
from accounts.models import Invitation, User
from accounts.services.invitations import accept_as_new_person, accept_invitation, open_invitation


class NewPersonForm(forms.Form):
    first_name = forms.CharField(max_length=150)
    last_name = forms.CharField(max_length=150)
    password = forms.CharField(
        max_length=4096, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="The same password again",
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, invitation: Invitation, data: Any = None) -> None:
        super().__init__(data)
        self.invitation = invitation
        self.fields["password"].help_text = " ".join(text for text in password_validators_help_texts() if text)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password and password != cleaned.get("again"):
            self.add_error("again", "The two passwords differ.")
        elif password:
            names = {name: cleaned.get(name, "") for name in ("first_name", "last_name")}
            try:
                validate_password(password, User(email=self.invitation.email, **names))
            except ValidationError as refusal:
                self.add_error("password", refusal)
        return cleaned


@never_cache
@csrf_protect
@sensitive_post_parameters()
def page(request: HttpRequest, secret: str) -> HttpResponseBase:
    invitation = open_invitation(secret)
    if invitation is None:
        return render(request, "console/invitation/closed.html", status=404)
    if User.objects.filter(email=invitation.email).exists():
        return _join(request, invitation)
    form = NewPersonForm(invitation, request.POST or None)
    if request.method == "POST" and form.is_valid():
        details = {name: form.cleaned_data[name] for name in ("first_name", "last_name", "password")}
        try:
            accept_as_new_person(invitation=invitation, **details)
        except AccountsError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Welcome to {invitation.organization}. Log in with your new password.")
            return redirect("admin:login")
    return render(request, "console/invitation/accept.html", {"invitation": invitation, "form": form})


def _join(request: HttpRequest, invitation: Invitation) -> HttpResponseBase:
    """Holding the link is not enough to act for somebody who has an account: they log in."""
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    context: dict[str, Any] = {"invitation": invitation, "is_invited": request.user.email == invitation.email}
    if request.method == "POST":
        try:
            accept_invitation(invitation=invitation, by=request.user)
        except AccountsError as refusal:
            context["refusal"] = str(refusal)
        else:
            messages.success(request, f"Welcome to {invitation.organization}.")
            return redirect("admin:index")
    return render(request, "console/invitation/accept.html", context)
