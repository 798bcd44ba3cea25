"""File servers of an operator."""

from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.console.filters import ScopedFilter
from accounts.console.tenants import TenantAdmin, TenantForm
from firmware.models import FileLocation


class FileLocationForm(TenantForm):
    password = forms.CharField(
        required=False,
        max_length=100,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Never shown again. Empty: it stays as it is; without a user name there is none.",
    )

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("password") or not self.cleaned_data.get("username"):
            self.instance.set_password(self.cleaned_data.get("password") if self.cleaned_data.get("username") else "")
        return super().save(commit)


@admin.register(FileLocation)
class FileLocationAdmin(TenantAdmin):
    when_empty = "Stations put their logs here on this server. Add a file server of yours for those that only know FTP."
    form = FileLocationForm
    export_excluded = ("password_encrypted",)
    list_display = ["name", "address", "username", "organization"]
    list_filter = [("organization", ScopedFilter)]
    list_select_related = ["organization"]
    search_fields = ["name", "address"]
    fields = ["organization", "name", "address", ("username", "password")]
