"""Reservations in the admin: the list, each one, and giving places free again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

import charging.looks  # noqa: F401 - registers how states look
from accounts.console.filters import PickedFilter, ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago, moment
from accounts.console.tenants import RecordAdmin, permitted, user_of
from charging.errors import ReservationEnded
from charging.models import Reservation
from charging.services import cancel_reservation

COMMAND = "stations.command_chargingstation"


@admin.register(Reservation)
class ReservationAdmin(RecordAdmin):
    when_empty = "Reserve an EVSE on its station’s page."
    list_display = ["place", "state", "for_whom", "until", "asked", "detail", "organization"]
    list_filter = ["status", ("station", PickedFilter), ("organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization", "organization", "token__driver"]
    search_fields = ["station__identity", "station__name", "token__label", "token__driver__name"]
    sortable_by = ["asked"]
    actions = ["cancel"]
    fields = [
        *("place", "state", "detail", "for_whom", "group_id", "connector_type", "until", "asked", "requested_by"),
        *("ended", "used_by", "asked_by_command"),
    ]
    readonly_fields = ["place", "state", "for_whom", "until", "asked", "ended", "used_by", "asked_by_command"]

    def has_command_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm(COMMAND)

    @admin.action(description="Cancel reservations", permissions=["command"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Those that still keep a place free, of the organizations where the user may send commands."""
        asked = 0
        for reservation in permitted(user_of(request), queryset, COMMAND).select_related("station", "command"):
            try:
                cancel_reservation(reservation=reservation, by=user_of(request))
            except ReservationEnded:
                continue
            asked += 1
        level = messages.SUCCESS if asked else messages.WARNING
        self.message_user(request, f"{asked} reservations are being cancelled.", level)

    @admin.display(description="Place", ordering="station__identity")
    def place(self, reservation: Reservation) -> SafeString:
        return format_html(
            '<a class="c-link" href="{}">{}</a><span class="c-sub">{}</span>',
            reverse("console:station", args=[reservation.station_id]),
            reservation.station,
            f"EVSE {reservation.evse_number}" if reservation.evse_number else "Any EVSE",
        )

    @admin.display(description="State", ordering="status")
    def state(self, reservation: Reservation) -> SafeString:
        return badge("reservation", reservation.status, reservation.detail)

    @admin.display(description="For")
    def for_whom(self, reservation: Reservation) -> str:
        return str(reservation.token.driver or reservation.token)

    @admin.display(description="Until")
    def until(self, reservation: Reservation) -> str:
        return moment(reservation.expires_at, reservation.station.time_zone)

    @admin.display(description="Asked", ordering="pk")
    def asked(self, reservation: Reservation) -> str:
        return ago(reservation.requested_at, reservation.station.time_zone)

    @admin.display(description="Ended")
    def ended(self, reservation: Reservation) -> str:
        return moment(reservation.ended_at, reservation.station.time_zone)

    @admin.display(description="Used by")
    def used_by(self, reservation: Reservation) -> SafeString | str:
        if reservation.session_id is None:
            return EMPTY
        url = reverse("console:session", args=[reservation.session_id])
        return format_html('<a class="c-link" href="{}">the session at {}</a>', url, reservation.session)

    @admin.display(description="Command")
    def asked_by_command(self, reservation: Reservation) -> SafeString | str:
        if reservation.command_id is None:
            return EMPTY
        url = reverse("console:command_page", args=[reservation.command_id])
        return format_html('<a class="c-link" href="{}">#{}</a>', url, reservation.command_id)
