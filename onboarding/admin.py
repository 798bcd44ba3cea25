"""All checks: the list. A check has its own page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.console.filters import DaysFilter, PickedFilter, ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import ago
from accounts.console.tenants import RecordAdmin
from onboarding.models import OnboardingCheck


@admin.register(OnboardingCheck)
class OnboardingCheckAdmin(RecordAdmin):
    when_empty = "A new charger is checked from its page: boot, configuration, start, meter, limit, offline, stop."
    list_display = ["checked", "result", "hardware", "ocpp_version", "requested_by", "started"]
    list_display_links = ["checked"]
    list_filter = [
        "status",
        ("started_at", DaysFilter),
        ("station", PickedFilter),
        ("station__organization", ScopedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization", "requested_by"]
    sortable_by = ["started"]
    search_fields = ["station__identity", "station__name", "vendor", "model", "firmware_version"]
    search_help_text = "Station, vendor, model or firmware"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A check has nothing to edit: its page shows it."""
        check = self.get_object(request, object_id)
        if check is None or not self.has_view_permission(request, check):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(reverse("console:check", args=[check.pk]))

    @admin.display(description="Station", ordering="station__identity")
    def checked(self, check: OnboardingCheck) -> SafeString:
        return format_html('{}<span class="c-sub">EVSE {}</span>', check.station, check.evse_number)

    @admin.display(description="Result", ordering="status")
    def result(self, check: OnboardingCheck) -> SafeString:
        return badge("check", check.status)

    @admin.display(description="Hardware")
    def hardware(self, check: OnboardingCheck) -> SafeString:
        return format_html('{} {}<span class="c-sub">{}</span>', check.vendor, check.model, check.firmware_version)

    @admin.display(description="Started", ordering="pk")
    def started(self, check: OnboardingCheck) -> str:
        return ago(check.started_at, check.station.time_zone)
