"""Charging profiles and the schedules stations told, in the admin. Forms and charts are on the station page."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

import smartcharging.looks  # noqa: F401 - registers how states look
from accounts.console.filters import PickedFilter, ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago, clock, moment
from accounts.console.tenants import RecordAdmin, permitted, user_of
from charging.profiles import Period
from smartcharging.commands import ClearChargingProfile
from smartcharging.models import ChargingProfile, CompositeSchedule
from smartcharging.services import clear_profiles
from smartcharging.states import HELD_STATUSES

COMMAND = "stations.command_chargingstation"


def place_of(station_id: int, station: str, evse_number: int) -> SafeString:
    return format_html(
        '<a class="c-link" href="{}">{}</a><span class="c-sub">{}</span>',
        reverse("console:station", args=[station_id]),
        station,
        f"EVSE {evse_number}" if evse_number else "Whole station",
    )


def periods_shown(periods: tuple[Period, ...], unit: str) -> SafeString:
    rows = (
        (clock(timedelta(seconds=each.start_s)), f"{each.limit:g}", unit, f" on {each.phases}" if each.phases else "")
        for each in periods
    )
    return format_html_join("", "<div>{}: {}\u00a0{}{}</div>", rows)


@admin.register(ChargingProfile)
class ChargingProfileAdmin(RecordAdmin):
    when_empty = "Set a limit on a station’s page."
    list_display = ["place", "purpose", "stack_level", "state", "when", "installed", "organization"]
    list_filter = ["status", "purpose", ("station", PickedFilter), ("organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization", "organization"]
    search_fields = ["station__identity", "station__name"]
    sortable_by = ["installed"]
    actions = ["clear"]
    fields = [
        *("place", "state", "detail", "purpose", "number", "stack_level", "kind", "recurrency", "limits", "begins"),
        *("duration", "valid", "used_by", "transaction_id", "requested_by", "installed", "ended", "by_command"),
    ]
    readonly_fields = [
        *("place", "state", "limits", "begins", "duration", "valid", "used_by", "installed", "ended", "by_command"),
    ]

    def has_command_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm(COMMAND)

    @admin.action(description="Clear from their stations", permissions=["command"])
    def clear(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Those that stations hold, of the organizations where the user may send commands."""
        asked = 0
        held = permitted(user_of(request), queryset, COMMAND).filter(status__in=sorted(HELD_STATUSES))
        for profile in held.select_related("station"):
            clear_profiles(
                station=profile.station, criteria=ClearChargingProfile(number=profile.number), by=user_of(request)
            )
            asked += 1
        level = messages.SUCCESS if asked else messages.WARNING
        self.message_user(request, f"{asked} profiles are being cleared.", level)

    @admin.display(description="Place", ordering="station__identity")
    def place(self, profile: ChargingProfile) -> SafeString:
        return place_of(profile.station_id, str(profile.station), profile.evse_number)

    @admin.display(description="State", ordering="status")
    def state(self, profile: ChargingProfile) -> SafeString:
        return badge("profile", profile.status, profile.detail)

    @admin.display(description="When")
    def when(self, profile: ChargingProfile) -> str:
        return profile.get_recurrency_display() if profile.recurrency else profile.get_kind_display()

    @admin.display(description="Limits")
    def limits(self, profile: ChargingProfile) -> SafeString:
        return periods_shown(profile.profile.periods, profile.unit)

    @admin.display(description="Begins")
    def begins(self, profile: ChargingProfile) -> str:
        return moment(profile.start_at, profile.station.time_zone)

    @admin.display(description="Lasts")
    def duration(self, profile: ChargingProfile) -> str:
        return clock(timedelta(seconds=profile.duration_s)) if profile.duration_s else EMPTY

    @admin.display(description="Valid")
    def valid(self, profile: ChargingProfile) -> SafeString:
        zone = profile.station.time_zone
        return format_html("{} to {}", moment(profile.valid_from, zone), moment(profile.valid_to, zone))

    @admin.display(description="Session")
    def used_by(self, profile: ChargingProfile) -> SafeString | str:
        if profile.session_id is None:
            return EMPTY
        url = reverse("console:session", args=[profile.session_id])
        return format_html('<a class="c-link" href="{}">{}</a>', url, profile.session_id)

    @admin.display(description="Installed", ordering="pk")
    def installed(self, profile: ChargingProfile) -> str:
        return ago(profile.installed_at, profile.station.time_zone)

    @admin.display(description="Ended")
    def ended(self, profile: ChargingProfile) -> str:
        return moment(profile.ended_at, profile.station.time_zone)

    @admin.display(description="Command")
    def by_command(self, profile: ChargingProfile) -> SafeString | str:
        if profile.command_id is None:
            return EMPTY
        url = reverse("console:command_page", args=[profile.command_id])
        return format_html('<a class="c-link" href="{}">#{}</a>', url, profile.command_id)


@admin.register(CompositeSchedule)
class CompositeScheduleAdmin(RecordAdmin):
    when_empty = "Ask a station for its schedule on its page."
    list_display = ["place", "begins", "told"]
    list_filter = [("station", PickedFilter), ("station__organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization"]
    search_fields = ["station__identity", "station__name"]
    sortable_by = ["told"]
    fields = ["place", "begins", "limits", "told"]
    readonly_fields = ["place", "begins", "limits", "told"]

    @admin.display(description="Place", ordering="station__identity")
    def place(self, schedule: CompositeSchedule) -> SafeString:
        return place_of(schedule.station_id, str(schedule.station), schedule.evse_number)

    @admin.display(description="Begins")
    def begins(self, schedule: CompositeSchedule) -> str:
        return moment(schedule.start_at, schedule.station.time_zone)

    @admin.display(description="Limits")
    def limits(self, schedule: CompositeSchedule) -> SafeString:
        return periods_shown(schedule.told, schedule.unit)

    @admin.display(description="Told", ordering="pk")
    def told(self, schedule: CompositeSchedule) -> str:
        return ago(schedule.told_at, schedule.station.time_zone)
