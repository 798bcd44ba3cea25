"""Jobs in the admin: the list. The page of a job is csms/console/jobs.py."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.console.filters import ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago, clock
from accounts.console.tenants import RecordAdmin
from jobs.kinds import KINDS
from jobs.models import Job


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.slug, kind.word) for kind in KINDS.values()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Job)
class JobAdmin(RecordAdmin):
    when_empty = "Work that takes longer, such as the import of a large file, appears here with its progress."
    list_display = ["job", "state", "progress", "requested_by", "requested", "took_time", "organization"]
    list_filter = ["status", KindFilter, ("organization", ScopedFilter)]
    list_select_related = ["organization", "requested_by"]
    search_fields = ["title", "input_name", "requested_by__email"]
    search_help_text = "Title, file or who started it"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        job = self.get_object(request, object_id)
        if job is None or not self.has_view_permission(request, job):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(reverse("console:job", args=[job.pk]))

    @admin.display(description="Job", ordering="title")
    def job(self, job: Job) -> SafeString:
        return format_html('<a class="c-link" href="{}">{}</a>', reverse("console:job", args=[job.pk]), job)

    @admin.display(description="State", ordering="status")
    def state(self, job: Job) -> SafeString:
        return badge("job", job.status, job.detail)

    @admin.display(description="Progress")
    def progress(self, job: Job) -> str:
        return f"{job.done} of {job.total}" if job.total else EMPTY

    @admin.display(description="Started", ordering="requested_at")
    def requested(self, job: Job) -> str:
        return ago(job.requested_at, job.organization.time_zone)

    @admin.display(description="Took")
    def took_time(self, job: Job) -> str:
        return clock(job.finished_at - job.started_at) if job.started_at and job.finished_at else EMPTY
