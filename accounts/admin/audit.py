"""The audit trail in the admin: the list, its filters, its export. The page of an event is in csms/console/."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from unfold.contrib.filters.admin import RangeDateTimeFilter

from accounts import audit, lines
from accounts.console.filters import ScopedFilter
from accounts.console.quantities import moment
from accounts.console.tenants import RecordAdmin, user_of
from accounts.models import AuditEvent, Organization, User
from accounts.seals import canonical

COLUMNS = (
    *("time", "organization", "position", "who", "impersonator", "action", "object type", "object id", "object"),
    *("address", "device", "details", "hash"),
)
MAX_PEOPLE = 200
# What the filters offer is what occurs among so many: to ask all would read the whole trail.
NEWEST = 2000


class ActorFilter(admin.SimpleListFilter):
    """The people of the organizations the user sees."""

    title = "who"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = User.objects.filter(memberships__organization__in=Organization.objects.visible_to(request.user))
        offered = {str(person.pk): str(person) for person in people.distinct()[:MAX_PEOPLE]}
        wanted = self.value() or ""
        if wanted not in offered and wanted.isascii() and wanted.isdecimal() and len(wanted) < 19:
            offered |= {str(person.pk): str(person) for person in people.filter(pk=int(wanted))[:1]}
        return list(offered.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(actor=self.value()) if self.value() else queryset


class ActionFilter(admin.SimpleListFilter):
    title = "what"
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(action, capfirst(action)) for action in _newest(request, "action", self.value())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class ObjectFilter(admin.SimpleListFilter):
    title = "kind of object"
    parameter_name = "object_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        labels = _newest(request, "object_type", self.value())
        return sorted(((label, name_of(label)) for label in labels), key=lambda each: each[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(object_type=self.value()) if self.value() else queryset


def _newest(request: HttpRequest, column: str, chosen: str | None) -> list[str]:
    """With what is chosen: the history of one object may be older."""
    events = AuditEvent.objects.visible_to(user_of(request)).order_by("-at", "-pk")
    return sorted(set(events.values_list(column, flat=True)[:NEWEST]) | ({chosen} if chosen else set()))


@admin.register(AuditEvent)
class AuditEventAdmin(RecordAdmin):
    when_empty = "What people do here appears at once: logins, changes, commands, exports."
    list_display = ["time", "person", "what", "object_label", "kind", "address", "organization"]
    list_filter = [
        ActorFilter,
        ActionFilter,
        ObjectFilter,
        ("at", RangeDateTimeFilter),
        ("organization", ScopedFilter),
    ]
    list_filter_submit = True
    sortable_by = ["time"]
    list_select_related = ["actor", "impersonator", "organization"]
    list_before_template = "console/audit/above.html"
    search_fields = ["object_label", "actor__email", "object_id__exact", "address__exact"]

    def get_urls(self) -> list[URLPattern]:
        export = path("export/", self.admin_site.admin_view(self.export), name="accounts_auditevent_export")
        return [export, *super().get_urls()]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """The history of one object is asked for by these two."""
        return lookup in {"object_type", "object_id"} or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        event = self.get_object(request, object_id)
        if event is None or not self.has_view_permission(request, event):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(reverse("console:audit_event", args=[event.pk]))

    def export(self, request: HttpRequest) -> StreamingHttpResponse:
        """What the list shows with these filters, oldest first, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        events = self.get_changelist_instance(request).get_queryset(request).order_by("at", "pk")
        user = user_of(request)
        for organization in Organization.objects.visible_to(user):
            if user.has_perm("accounts.view_auditevent", organization):
                audit.record(actor=user, action="exported", target=organization, what="audit trail")
        answer = StreamingHttpResponse(lines.csv_lines(COLUMNS, _rows(events)), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="audit-{timezone.now():%Y-%m-%d}.csv"'
        return answer

    @admin.display(description="Time", ordering="at")
    def time(self, event: AuditEvent) -> str:
        return moment(event.at, event.organization.time_zone if event.organization else "UTC")

    @admin.display(description="Who", ordering="actor")
    def person(self, event: AuditEvent) -> str:
        return who(event)

    @admin.display(description="What", ordering="action")
    def what(self, event: AuditEvent) -> str:
        return capfirst(event.action)

    @admin.display(description="Kind", ordering="object_type")
    def kind(self, event: AuditEvent) -> str:
        return kind_of(event)


def who(event: AuditEvent) -> str:
    person = str(event.actor) if event.actor else "Nobody"
    return f"{person}, by {event.impersonator}" if event.impersonator else person


def kind_of(event: AuditEvent) -> str:
    return name_of(event.object_type)


def name_of(label: str) -> str:
    """``Station`` for ``stations.ChargingStation``; the label of a model that is gone stays."""
    try:
        return capfirst(str(apps.get_model(label)._meta.verbose_name))
    except (LookupError, ValueError):
        return label


def _rows(events: QuerySet[AuditEvent]) -> Iterator[tuple[Any, ...]]:
    for event in events.select_related("organization", "actor", "impersonator").iterator(chunk_size=2000):
        yield (
            *(event.at.isoformat(), event.organization or "", event.position, event.actor or ""),
            *(event.impersonator or "", event.action, event.object_type, event.object_id, event.object_label),
            *(event.address or "", event.agent, canonical(event.details), event.hash),
        )
