"""Sites in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.console.filters import ScopedFilter
from accounts.console.quantities import number, power
from accounts.console.tenants import TenantAdmin, TenantInline, count_of
from stations.models import ChargingStation, OpeningException, OpeningPeriod, Site


class OpeningPeriodInline(TenantInline):
    model = OpeningPeriod
    fields = ["weekday", "opens_at", "closes_at"]
    verbose_name_plural = "opening hours (none: always open)"


class OpeningExceptionInline(TenantInline):
    model = OpeningException
    fields = ["on", "opens_at", "closes_at", "note"]
    verbose_name_plural = "days that are different"


@admin.register(Site)
class SiteAdmin(TenantAdmin):
    when_empty = "A site is a place with stations behind one grid connection. Its time zone is used on every page."
    importable = (("sites", "sites"),)
    actions = ["edit_many"]
    bulk_fields = ("time_zone", "city", "country", "grid_limit_w")
    list_display = ["site", "city", "country", "station_count", "grid_kw", "time_zone", "organization"]
    # The first column brings its own link.
    list_display_links = None
    list_filter = ["country", ("organization", ScopedFilter)]
    list_select_related = ["organization"]
    search_fields = ["name", "city", "street", "postal_code"]
    fieldsets = [
        (None, {"fields": ["organization", "name", "time_zone", "grid_limit_w"]}),
        ("Address", {"fields": ["street", ("postal_code", "city", "country"), ("latitude", "longitude")]}),
        ("Notes", {"fields": ["notes"]}),
    ]

    inlines = [OpeningPeriodInline, OpeningExceptionInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = super().get_queryset(request).annotate(stations_here=count_of(ChargingStation, "site"))
        return counted

    @admin.display(description="Site", ordering="name")
    def site(self, site: Site) -> SafeString:
        return format_html('<a class="c-link" href="{}">{}</a>', reverse("console:site", args=[site.pk]), site.name)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("console:site", args=[obj.pk]))

    @admin.display(description="Stations", ordering="stations_here")
    def station_count(self, site: Any) -> SafeString | str:
        return number(site.stations_here)

    @admin.display(description="Grid connection", ordering="grid_limit_w")
    def grid_kw(self, site: Site) -> SafeString | str:
        return power(site.grid_limit_w)
