"""Public keys of meters: they belong to stations, and what they prove to sessions."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.console.filters import ScopedFilter
from accounts.console.tenants import TenantAdmin, TenantForm
from charging.ocmf import CURVES, NotCheckable, Unreadable, key_of
from charging.services import check_again
from stations.admin.records import station_link
from stations.models import MeterKey


class MeterKeyForm(TenantForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if problem := problem_of(cleaned.get("public_key") or ""):
            self.add_error("public_key", problem)
        return cleaned


def problem_of(text: str) -> str:
    """Why it can be no public key on any curve; a bare point does not say on which it is."""
    problem = ""
    for curve in CURVES:
        try:
            key_of(text, f"ECDSA-{curve}-SHA256")
        except Unreadable as error:
            problem = problem or str(error)
        except NotCheckable:
            return ""  # kept: the file for the transparency software names it
        else:
            return ""
    return problem


@admin.register(MeterKey)
class MeterKeyAdmin(TenantAdmin):
    when_empty = "Enter the public key of a meter: signed values of its station are checked by it."
    form = MeterKeyForm
    list_display = ["station_page", "evse_number", "begins_with", "note"]
    list_display_links = ["begins_with"]
    list_filter = [("station__organization", ScopedFilter)]
    list_select_related = ["station"]
    search_fields = ["station__identity", "note"]
    autocomplete_fields = ["station"]
    fields = ["station", "evse_number", "public_key", "note"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        check_again(obj.station_id)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        station_id = obj.station_id
        super().delete_model(request, obj)
        check_again(station_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        stations = set(queryset.values_list("station_id", flat=True))
        super().delete_queryset(request, queryset)
        for station_id in stations:
            check_again(station_id)

    @admin.display(description="Station")
    def station_page(self, key: MeterKey) -> SafeString | str:
        return station_link(key.station)

    @admin.display(description="Key")
    def begins_with(self, key: MeterKey) -> str:
        return f"{key.public_key[:24]}…"
