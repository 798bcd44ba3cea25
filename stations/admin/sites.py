"""Sites in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.console.filters import ScopedFilter
from accounts.console.quantities import number, power
from accounts.console.tenants import TenantAdmin, count_of
from stations.models import ChargingStation, Site


@admin.register(Site)
class SiteAdmin(TenantAdmin):
    when_empty = "A site is a place with stations behind one grid connection. Its time zone is used on every page."
    list_display = ["name", "city", "country", "station_count", "grid_kw", "time_zone", "organization"]
    list_filter = ["country", ("organization", ScopedFilter)]
    list_select_related = ["organization"]
    search_fields = ["name", "city", "street", "postal_code"]
    fieldsets = [
        (None, {"fields": ["organization", "name", "time_zone", "grid_limit_w"]}),
        ("Address", {"fields": ["street", ("postal_code", "city", "country"), ("latitude", "longitude")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = super().get_queryset(request).annotate(stations_here=count_of(ChargingStation, "site"))
        return counted

    @admin.display(description="Stations", ordering="stations_here")
    def station_count(self, site: Any) -> SafeString | str:
        return number(site.stations_here)

    @admin.display(description="Grid connection", ordering="grid_limit_w")
    def grid_kw(self, site: Site) -> SafeString | str:
        return power(site.grid_limit_w)
