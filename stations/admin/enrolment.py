"""Who is expected, and what an organization does with chargers nobody entered."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.console.filters import PickedFilter, ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago
from accounts.console.tenants import TenantAdmin
from stations.admin.records import station_link
from stations.models import EnrolmentPolicy, ExpectedStation


@admin.register(ExpectedStation)
class ExpectedStationAdmin(TenantAdmin):
    when_empty = "Enter chargers before they are mounted: they become stations at their site when they first connect."
    list_display = ["value", "by", "site", "admitted_as", "came", "note", "organization"]
    list_filter = ["by", ("site", PickedFilter), ("organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["organization", "site", "station__site", "station__organization"]
    search_fields = ["value", "note"]
    autocomplete_fields = ["site"]
    fieldsets = [
        (None, {"fields": ["organization", ("by", "value"), "site", "registration", "note"]}),
        ("Arrival", {"fields": ["came"]}),
    ]
    readonly_fields = ["came"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:-1]

    @admin.display(description="Comes in as", ordering="registration")
    def admitted_as(self, expected: ExpectedStation) -> SafeString:
        return badge("registration", expected.registration)

    @admin.display(description="Came", ordering="used_at")
    def came(self, expected: ExpectedStation) -> SafeString | str:
        if expected.used_at is None:
            return "Not yet"
        when = ago(expected.used_at, expected.organization.time_zone)
        return format_html("{} {}", station_link(expected.station), when)


@admin.register(EnrolmentPolicy)
class EnrolmentPolicyAdmin(TenantAdmin):
    when_empty = "Without one, only expected chargers become stations by themselves."
    list_display = ["organization_name", "mode", "patterns", "most_per_hour", "key_state"]
    list_select_related = ["organization"]
    fields = ["organization", "mode", "identity_patterns", "most_per_hour", "site", "key_state"]
    readonly_fields = ["key_state"]
    autocomplete_fields = ["site"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else [field for field in self.fields or () if field != "key_state"]

    @admin.display(description="Organization", ordering="organization")
    def organization_name(self, policy: EnrolmentPolicy) -> str:
        return str(policy.organization)

    @admin.display(description="Identities")
    def patterns(self, policy: EnrolmentPolicy) -> str:
        return ", ".join(policy.identity_patterns) or EMPTY

    @admin.display(description="Enrolment key")
    def key_state(self, policy: EnrolmentPolicy) -> SafeString:
        return format_html(
            '{} · <a class="c-link" href="{}">{}</a>',
            "Set" if policy.key_hash else "None",
            reverse("console:enrolment_key", args=[policy.pk]),
            "Change" if policy.key_hash else "Make one",
        )
