"""What stations know of tokens by themselves, and where that is kept fresh, in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

import drivers.looks  # noqa: F401 - registers how states look
from accounts.console.filters import PickedFilter, ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago, moment, number
from accounts.console.tenants import RecordAdmin, TenantAdmin, count_of, permitted, user_of
from drivers.looks import list_state
from drivers.models import LocalList, LocalListEntry, LocalListRule
from drivers.services import refresh_local_list

COMMAND = "stations.command_chargingstation"


@admin.register(LocalList)
class LocalListAdmin(RecordAdmin):
    when_empty = "A station’s list appears here when it is asked for its version, on the station’s page."
    list_display = ["place", "state", "version", "entry_count", "left_out", "refreshed"]
    list_filter = [("station", PickedFilter), ("station__organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization"]
    search_fields = ["station__identity", "station__name"]
    actions = ["send_changes", "send_all"]
    fields = [
        *("place", "state", "problem", "version", "version_told", "told", "is_certain"),
        *("entry_count", "left_out", "refreshed"),
    ]
    readonly_fields = ["place", "state", "told", "entry_count", "refreshed"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = super().get_queryset(request).annotate(listed=count_of(LocalListEntry, "list"))
        return counted

    def has_command_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm(COMMAND)

    @admin.action(description="Send what changed", permissions=["command"])
    def send_changes(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._refresh(request, queryset, must_be_full=False)

    @admin.action(description="Send the whole list", permissions=["command"])
    def send_all(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._refresh(request, queryset, must_be_full=True)

    def _refresh(self, request: HttpRequest, queryset: QuerySet[Any], *, must_be_full: bool) -> None:
        begun = 0
        for held in permitted(user_of(request), queryset, COMMAND).select_related("station__organization"):
            refresh_local_list(station=held.station, by=user_of(request), must_be_full=must_be_full)
            begun += 1
        self.message_user(request, f"{begun} lists are being sent.", messages.SUCCESS if begun else messages.WARNING)

    @admin.display(description="Station", ordering="station__identity")
    def place(self, held: LocalList) -> SafeString:
        url = reverse("console:station", args=[held.station_id])
        return format_html('<a class="c-link" href="{}">{}</a>', url, held.station)

    @admin.display(description="State")
    def state(self, held: LocalList) -> SafeString:
        return badge("local_list", list_state(held), held.problem)

    @admin.display(description="Tokens")
    def entry_count(self, held: Any) -> SafeString | str:
        url = f"{reverse('admin:drivers_locallistentry_changelist')}?list__id__exact={held.pk}"
        return format_html('<a class="c-link" href="{}">{}</a>', url, number(held.listed)) if held.is_certain else EMPTY

    @admin.display(description="Refreshed", ordering="refreshed_at")
    def refreshed(self, held: LocalList) -> str:
        return ago(held.refreshed_at, held.station.time_zone)

    @admin.display(description="Asked for its version")
    def told(self, held: LocalList) -> str:
        return moment(held.told_at, held.station.time_zone)


@admin.register(LocalListEntry)
class LocalListEntryAdmin(RecordAdmin):
    when_empty = "What a station accepted as its own list of tokens appears here."
    list_display = ["masked", "place", "answer", "group_id", "expires"]
    list_filter = ["status", ("list", PickedFilter), ("list__station__organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["list__station__site", "list__station__organization"]
    search_fields = ["list__station__identity", "key__exact"]
    search_help_text = "Station, or the full value of a token"
    sortable_by = ["masked"]
    fields = ["masked", "type", "place", "answer", "group_id", "expires"]
    readonly_fields = ["masked", "place", "answer", "expires"]

    @admin.display(description="Token", ordering="key")
    def masked(self, entry: LocalListEntry) -> str:
        return str(entry)

    @admin.display(description="Station", ordering="list__station__identity")
    def place(self, entry: LocalListEntry) -> SafeString:
        url = reverse("console:station", args=[entry.list.station_id])
        return format_html('<a class="c-link" href="{}">{}</a>', url, entry.list.station)

    @admin.display(description="Answer", ordering="status")
    def answer(self, entry: LocalListEntry) -> SafeString:
        return badge("authorization", entry.status)

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, entry: LocalListEntry) -> str:
        return moment(entry.expires_at, entry.list.station.time_zone)


@admin.register(LocalListRule)
class LocalListRuleAdmin(TenantAdmin):
    when_empty = "Without a rule no list is sent by itself. Add one for the organization, a site or a station."
    list_display = ["place", "keeps_fresh", "organization"]
    list_filter = ["keeps_fresh", ("organization", ScopedFilter)]
    list_select_related = ["organization", "site", "station"]
    search_fields = ["site__name", "station__identity"]
    autocomplete_fields = ["site", "station"]
    fields = ["organization", ("site", "station"), "keeps_fresh"]

    @admin.display(description="Where")
    def place(self, rule: LocalListRule) -> str:
        return str(rule.station or rule.site or "Everywhere")
