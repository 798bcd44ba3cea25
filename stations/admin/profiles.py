"""Vendor profiles: what staff know of the behaviour of a vendor's stations; and what had to be mended where."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.console.filters import ScopedFilter
from accounts.console.quantities import ago, number
from accounts.console.tenants import RecordAdmin, TenantAdmin, TenantForm, user_of
from accounts.models import Organization
from stations.admin.records import station_link
from stations.models import RepairCount, VendorProfile
from stations.repairs import Repair
from stations.services import delete_profile, save_profile
from stations.traits import Trait


class ProfileForm(TenantForm):
    traits = forms.MultipleChoiceField(choices=Trait.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget)


@admin.register(VendorProfile)
class VendorProfileAdmin(TenantAdmin):
    when_empty = "A profile says what cannot be seen from a message: that a model boots late, or takes watts only."
    form = ProfileForm
    list_display = ["name", "vendor_pattern", "model_pattern", "firmware_pattern", "known", "whose", "is_enabled"]
    list_filter = ["is_enabled", ("organization", ScopedFilter)]
    list_select_related = ["organization"]
    search_fields = ["name", "vendor_pattern", "model_pattern", "notes"]
    readonly_fields = ["known"]
    fieldsets = [
        (None, {"fields": ["organization", ("name", "is_enabled")]}),
        ("Stations it is about", {"fields": [("vendor_pattern", "model_pattern", "firmware_pattern")]}),
        ("What is known of them", {"fields": ["traits", "notes"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whoever may not write it reads words."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        *above, (title, _) = self.fieldsets
        return [*above, (title, {"fields": ["known", "notes"]})]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A profile for everybody is a superuser's."""
        if db_field.remote_field.model is Organization:
            kwargs["required"] = not user_of(request).is_superuser
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _may_write(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One for everybody is seen by whoever sees any."""
        row = None if obj is not None and obj.organization_id is None else obj
        return self.allows(request, "view", row) or self.allows(request, "change", row)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A shipped one would come back with the next update: it is disabled instead."""
        is_ours = obj is not None and bool(obj.shipped_as)
        return super().has_delete_permission(request, obj) and _may_write(request, obj) and not is_ours

    def writable(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().writable(request, queryset).filter(shipped_as="")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            self.note_before(request, obj)
        save_profile(obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_profile(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for profile in self.writable(request, queryset):
            delete_profile(profile)

    @admin.display(description="What is known")
    def known(self, profile: VendorProfile) -> str:
        return "; ".join(profile.trait_labels)

    @admin.display(description="For", ordering="organization")
    def whose(self, profile: VendorProfile) -> str:
        return str(profile.organization) if profile.organization else "Everybody"


def _may_write(request: HttpRequest, profile: VendorProfile | None) -> bool:
    return profile is None or profile.organization_id is not None or user_of(request).is_superuser


class RepairFilter(admin.SimpleListFilter):
    title = "repair"
    parameter_name = "repair"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(repair.value), str(repair.label)) for repair in Repair]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(repair=self.value()) if self.value() else queryset


@admin.register(RepairCount)
class RepairCountAdmin(RecordAdmin):
    when_empty = "What has to be mended in the messages of your stations is counted here."
    list_display = ["what", "station_page", "times", "last", "last_action"]
    list_filter = [RepairFilter, ("station__organization", ScopedFilter)]
    list_select_related = ["station__site", "station__organization"]
    search_fields = ["station__identity"]
    search_help_text = "Station"
    sortable_by = ()

    @admin.display(description="What was mended")
    def what(self, row: RepairCount) -> str:
        return row.label

    @admin.display(description="Station")
    def station_page(self, row: RepairCount) -> Any:
        return station_link(row.station)

    @admin.display(description="Times")
    def times(self, row: RepairCount) -> Any:
        return number(row.count)

    @admin.display(description="Last")
    def last(self, row: RepairCount) -> str:
        return ago(row.last_at, row.station.time_zone)
