"""Stations in the admin: the list, and the form that sets one up. Daily work is on the station page."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

import stations.looks  # noqa: F401 - registers how states look
from accounts.console.filters import PickedFilter, ScopedFilter
from accounts.console.looks import badge, icon, look_of
from accounts.console.quantities import ago
from accounts.console.tenants import TenantAdmin, TenantForm, TenantInline
from stations.looks import OFFLINE
from stations.models import ChargingStation, Connector, Evse
from stations.presence import evse_status, presence
from stations.services import delete_stations, save_station
from stations.states import ConnectorStatus


class OnlineFilter(admin.SimpleListFilter):
    title = "connection"
    parameter_name = "connection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("online", "Online"), ("offline", "Offline"), ("never", "Never connected")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        stations: Any = queryset
        match self.value():
            case "online":
                return stations.online()  # type: ignore[no-any-return]
            case "offline":
                return stations.offline().exclude(last_seen_at=None)  # type: ignore[no-any-return]
            case "never":
                return stations.offline().filter(last_seen_at=None)  # type: ignore[no-any-return]
        return queryset


class EvseStateFilter(admin.SimpleListFilter):
    """Stations that are online and have an EVSE in this state."""

    title = "EVSE state"
    parameter_name = "evse"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        states = [(str(status.value), str(status.label)) for status in ConnectorStatus]
        return [*states, (OFFLINE, look_of("connector", OFFLINE).word)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        stations: Any = queryset
        if self.value() == OFFLINE:
            return stations.offline()  # type: ignore[no-any-return]
        if self.value() is None:
            return queryset
        # Distinct, so that it is found once: else the database looks up the connectors of each station by themselves.
        inside = Connector.objects.filter(status=self.value()).order_by().values("evse__station").distinct()
        return stations.online().filter(pk__in=inside)  # type: ignore[no-any-return]


class EvseInline(TenantInline):
    model = Evse
    fields = ["number", "name", "max_power_w"]
    verbose_name_plural = "EVSEs"


class StationForm(TenantForm):
    class Meta:
        widgets = {"identity": UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"})}


@admin.register(ChargingStation)
class ChargingStationAdmin(TenantAdmin):
    when_empty = "Add one, set its password on its page, and enter both in the charger."
    form = StationForm
    list_display = ["station", "state", "evse_states", "site", "ocpp_version", "hardware", "last_seen", "organization"]
    # The first column brings its own link.
    list_display_links = None
    list_filter = [
        OnlineFilter,
        EvseStateFilter,
        "ocpp_version",
        ("site", PickedFilter),
        ("organization", ScopedFilter),
        "registration",
        "is_enabled",
        ("security_alarm_at", admin.EmptyFieldListFilter),
    ]
    list_filter_submit = True
    list_select_related = ["site", "organization", "connection__gateway"]
    search_fields = ["identity", "name", "serial_number", "site__name"]
    search_help_text = "Identity, name, serial number or site"
    autocomplete_fields = ["site"]
    inlines = [EvseInline]
    actions = ["send_command", "edit_many"]
    bulk_fields = ("site", "is_enabled", "registration", "security_profile")
    importable = (("stations", "stations"), ("evses", "EVSEs"))
    fieldsets = [
        (None, {"fields": ["organization", ("identity", "name"), "site"]}),
        ("Connection", {"fields": [("is_enabled", "registration"), ("security_profile", "unnamed_version")]}),
        (
            "Reported by the station",
            {
                "fields": [
                    ("ocpp_version", "firmware_version"),
                    ("vendor", "model", "serial_number"),
                    ("meter_type", "meter_serial_number"),
                    ("iccid", "imsi"),
                ],
            },
        ),
    ]
    reported = [
        "ocpp_version",
        "firmware_version",
        "vendor",
        "model",
        "serial_number",
        "meter_type",
        "meter_serial_number",
        "iccid",
        "imsi",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        evses = Evse.objects.prefetch_related("connectors")
        return super().get_queryset(request).prefetch_related(Prefetch("evses", queryset=evses))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), *self.reported]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            self.note_before(request, obj)
            save_station(obj, changed=form.changed_data)
        else:
            super().save_model(request, obj, form, change)

    def save_many(self, row: Any, changed: list[str]) -> None:
        save_station(row, changed=changed)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_stations(ChargingStation.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        delete_stations(queryset)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Later they are edited on a page of their own: csms/console/hardware.py."""
        return [] if obj else self.inlines

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:-1]

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(page_url(obj))

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """The next step is its password, which is on the station page."""
        return HttpResponseRedirect(page_url(obj))

    def has_command_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, "command")

    @admin.action(description="Send a command", permissions=["command"])
    def send_command(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseRedirect:
        """To the selected ones; to all that match, by the filter itself."""
        if request.POST.get("select_across") == "1":
            chosen = {"filter": request.GET.urlencode()}
        else:
            chosen = {"stations": ",".join(str(pk) for pk in queryset.values_list("pk", flat=True))}
        return HttpResponseRedirect(f"{reverse('console:many')}?{urlencode(chosen)}")

    @admin.display(description="Station", ordering="identity")
    def station(self, station: ChargingStation) -> SafeString:
        return format_html(
            '<a class="c-link" href="{}">{}</a><span class="c-sub">{}</span>',
            page_url(station),
            station.identity,
            station.name,
        )

    @admin.display(description="State", ordering="connection")
    def state(self, station: ChargingStation) -> SafeString:
        shown = badge("station", presence(station))
        if station.security_alarm_at is None:
            return shown
        return format_html("{} {}", shown, badge("security", "alarm", "A security event nobody has seen yet"))

    @admin.display(description="EVSEs")
    def evse_states(self, station: ChargingStation) -> SafeString | str:
        online = station.is_online
        dots = [_dot(evse.number, evse_status(evse, is_online=online)) for evse in station.evses.all()]
        return format_html('<span class="c-dots">{}</span>', SafeString("".join(dots)))

    @admin.display(description="Hardware", ordering="model")
    def hardware(self, station: ChargingStation) -> SafeString:
        return format_html(
            '{}<span class="c-sub">{}</span>', f"{station.vendor} {station.model}".strip(), station.firmware_version
        )

    @admin.display(description="Last seen", ordering="last_seen_at")
    def last_seen(self, station: ChargingStation) -> str:
        return ago(station.last_seen_at, station.time_zone)


@lru_cache(maxsize=1024)
def _dot(evse_number: int, state: str) -> SafeString:
    """A page has hundreds, of few kinds."""
    look = look_of("connector", state)
    said = f"EVSE {evse_number}: {look.word}"
    return format_html(
        '<span class="c-dot c-tone-{}" title="{}">{}<span class="c-sr">{}</span></span>',
        look.tone,
        said,
        icon(look.icon),
        said,
    )


def page_url(station: ChargingStation) -> str:
    """The station page: csms/console/urls.py."""
    return reverse("console:station", args=[station.pk])
