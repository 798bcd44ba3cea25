"""Sessions in the admin: the list. The session page is csms/console/."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

import charging.looks  # noqa: F401 - registers how states look
from accounts.console.filters import DaysFilter, PickedFilter, ScopedFilter
from accounts.console.looks import badge, icon
from accounts.console.quantities import EMPTY, clock, energy, moment, power
from accounts.console.tenants import RecordAdmin, count_of
from charging.models import Session, SessionAnomaly
from charging.states import AnomalyStatus, SessionStatus


class OngoingFilter(admin.SimpleListFilter):
    title = "progress"
    parameter_name = "progress"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("running", "Running"), ("ended", "Ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        sessions: Any = queryset
        match self.value():
            case "running":
                return sessions.ongoing()  # type: ignore[no-any-return]
            case "ended":
                return sessions.ended()  # type: ignore[no-any-return]
        return queryset


class StatusFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(status.value), str(status.label)) for status in SessionStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only an ended session has an end, and of the others there are few."""
        if not self.value():
            return queryset
        narrowed = queryset if self.value() == SessionStatus.ENDED else queryset.filter(ended_at=None)
        return narrowed.filter(status=self.value())


@admin.register(Session)
class SessionAdmin(RecordAdmin):
    when_empty = "A session appears here when a car charges at one of your stations."
    list_display = [
        "started",
        "state",
        "place",
        "energy_kwh",
        "power_kw",
        "duration_time",
        "token_shown",
        "driver",
        "oddities",
        "organization",
    ]
    list_filter = [
        OngoingFilter,
        StatusFilter,
        ("started_at", DaysFilter),
        ("station", PickedFilter),
        ("organization", ScopedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization", "organization", "driver", "token"]
    search_fields = ["station__identity", "station__name", "driver__name", "transaction_id__exact", "token__label"]
    search_help_text = "Station, driver, token label or transaction id"

    # By anything else a million rows would be sorted.
    sortable_by = ["started"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        open_count = count_of(SessionAnomaly, "session", status=AnomalyStatus.OPEN)
        counted: QuerySet[Any] = super().get_queryset(request).annotate(open_count=open_count)
        return counted

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A session has nothing to edit: its page shows it."""
        session = self.get_object(request, object_id)
        if session is None or not self.has_view_permission(request, session):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(reverse("console:session", args=[session.pk]))

    @admin.display(description="Started", ordering="started_at")
    def started(self, session: Session) -> str:
        return moment(session.started_at, session.station.time_zone)

    @admin.display(description="State", ordering="status")
    def state(self, session: Session) -> SafeString:
        return badge("session", session.status)

    @admin.display(description="Station", ordering="station__identity")
    def place(self, session: Session) -> SafeString:
        return format_html(
            '<a class="c-link" href="{}">{}</a><span class="c-sub">{}</span>',
            reverse("console:station", args=[session.station_id]),
            session.station,
            f"EVSE {session.evse_number}" if session.evse_number else "",
        )

    @admin.display(description="Energy", ordering="energy_wh")
    def energy_kwh(self, session: Session) -> SafeString | str:
        return energy(session.energy_wh)

    @admin.display(description="Power now")
    def power_kw(self, session: Session) -> SafeString | str:
        return power(session.power_w) if session.is_ongoing else EMPTY

    @admin.display(description="Duration")
    def duration_time(self, session: Session) -> str:
        return clock((session.ended_at or timezone.now()) - session.started_at)

    @admin.display(description="Token")
    def token_shown(self, session: Session) -> str:
        return str(session.token) if session.token else session.masked_token or EMPTY

    @admin.display(description="Anomalies", ordering="open_count")
    def oddities(self, session: Any) -> SafeString | str:
        if not session.open_count:
            return EMPTY
        return format_html('<span class="c-badge c-tone-warn">{}{} open</span>', icon("flag"), session.open_count)
