"""The anomalies queue in the admin: the list. Evidence and decision are on its page in csms/console/."""

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
from charging.models import SessionAnomaly
from charging.states import AnomalyStatus


class OpenFirstFilter(admin.SimpleListFilter):
    """The queue is what is open; everything else is history."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All"), *((str(status.value), str(status.label)) for status in AnomalyStatus)]

    def choices(self, changelist: Any) -> Any:
        for value, label in self.lookup_choices:
            yield {
                "selected": (self.value() or AnomalyStatus.OPEN) == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        wanted = self.value() or AnomalyStatus.OPEN
        return queryset if wanted == "all" else queryset.filter(status=wanted)


@admin.register(SessionAnomaly)
class SessionAnomalyAdmin(RecordAdmin):
    when_empty = "Nothing is open. What a station reports and what cannot be right appears here."
    list_display = ["what", "state", "place", "summary", "opened", "organization"]
    list_filter = [
        OpenFirstFilter,
        "kind",
        ("opened_at", DaysFilter),
        ("station", PickedFilter),
        ("organization", ScopedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization", "organization"]
    search_fields = ["station__identity", "station__name", "summary"]
    search_help_text = "Station or what is odd"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        anomaly = self.get_object(request, object_id)
        if anomaly is None or not self.has_view_permission(request, anomaly):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(reverse("console:anomaly", args=[anomaly.pk]))

    @admin.display(description="What happened", ordering="kind")
    def what(self, anomaly: SessionAnomaly) -> str:
        return anomaly.get_kind_display()

    @admin.display(description="State", ordering="status")
    def state(self, anomaly: SessionAnomaly) -> SafeString:
        return badge("anomaly", anomaly.status, anomaly.closing_reason)

    @admin.display(description="Station", ordering="station__identity")
    def place(self, anomaly: SessionAnomaly) -> SafeString:
        return format_html(
            '<a class="c-link" href="{}">{}</a><span class="c-sub">{}</span>',
            reverse("console:station", args=[anomaly.station_id]),
            anomaly.station,
            f"EVSE {anomaly.evse_number}" if anomaly.evse_number else "",
        )

    @admin.display(description="Opened", ordering="opened_at")
    def opened(self, anomaly: SessionAnomaly) -> str:
        return ago(anomaly.opened_at, anomaly.station.time_zone)
