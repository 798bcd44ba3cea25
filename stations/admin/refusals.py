"""The inbox of refused chargers: the list. What to do about each is on its page in csms/console/."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from accounts.console.filters import ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import ago, number
from accounts.console.tenants import RecordAdmin, user_of
from stations.models import RejectedConnection
from stations.services import dismiss_refusal
from stations.states import RefusalHandling


class InboxFilter(admin.SimpleListFilter):
    """The inbox is what is open; everything else is history."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All"), *((str(state.value), str(state.label)) for state in RefusalHandling)]

    def choices(self, changelist: Any) -> Any:
        for value, label in self.lookup_choices:
            yield {
                "selected": (self.value() or RefusalHandling.OPEN) == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        wanted = self.value() or RefusalHandling.OPEN
        return queryset if wanted == "all" else queryset.filter(handling=wanted)


@admin.register(RejectedConnection)
class RejectedConnectionAdmin(RecordAdmin):
    when_empty = "A charger with a wrong identity or password appears here, with what to do about it."
    list_display = ["identity_sent", "reason", "what_to_do", "address", "tries_count", "last", "state", "organization"]
    list_filter = [InboxFilter, "cause", ("organization", ScopedFilter)]
    list_select_related = ["organization", "station"]
    search_fields = ["identity", "address"]
    search_help_text = "Identity or address"
    actions = ["dismiss"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        refusal = self.get_object(request, object_id)
        if refusal is None or not self.has_view_permission(request, refusal):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(reverse("console:refusal", args=[refusal.pk]))

    @admin.action(description="Dismiss: out of the inbox")
    def dismiss(self, request: HttpRequest, queryset: QuerySet[RejectedConnection]) -> None:
        chosen = self.writable(request, queryset).filter(handling=RefusalHandling.OPEN)
        for refusal in chosen:
            dismiss_refusal(refusal=refusal, by=user_of(request))
        messages.success(request, f"Dismissed: {len(chosen)}.")

    @admin.display(description="Identity", ordering="identity")
    def identity_sent(self, refusal: RejectedConnection) -> SafeString:
        return format_html('<span class="c-nowrap">{}</span>', Truncator(refusal.identity or "nobody").chars(48))

    @admin.display(description="Cause", ordering="cause")
    def reason(self, refusal: RejectedConnection) -> SafeString:
        return badge("refusal", refusal.cause)

    @admin.display(description="What to do")
    def what_to_do(self, refusal: RejectedConnection) -> str:
        return refusal.advice

    @admin.display(description="Tries", ordering="count")
    def tries_count(self, refusal: RejectedConnection) -> SafeString | str:
        return number(refusal.count)

    @admin.display(description="Last", ordering="last_at")
    def last(self, refusal: RejectedConnection) -> str:
        return ago(refusal.last_at, refusal.organization.time_zone if refusal.organization else "UTC")

    @admin.display(description="State", ordering="handling")
    def state(self, refusal: RejectedConnection) -> SafeString:
        return badge("handling", refusal.handling)
