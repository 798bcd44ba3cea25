"""Which logs were asked for, over all stations: shown, never edited."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.console.filters import ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago
from accounts.console.tenants import RecordAdmin
from firmware.models import LogRequest
from stations.models import ChargingStation


def station_link(station: ChargingStation) -> SafeString:
    return format_html('<a class="c-link" href="{}">{}</a>', reverse("console:station", args=[station.pk]), station)


@admin.register(LogRequest)
class LogRequestAdmin(RecordAdmin):
    when_empty = "Logs and diagnostics are asked for on the page of a station."
    export_excluded = ("location_hash", "secret_hash")
    list_display = ["asked", "state", "station_page", "to", "came", "requested_by", "requested"]
    list_display_links = ["asked"]
    list_filter = ["kind", "status", ("station__organization", ScopedFilter)]
    list_select_related = ["station__site", "station__organization", "requested_by", "location"]
    sortable_by = ["requested"]
    search_fields = ["station__identity", "file_name"]
    search_help_text = "Station, or the file’s name"
    fields = ["asked", "state", "station_page", "to", ("oldest_at", "latest_at"), ("retries", "retry_interval_s")]
    fields += ["came", "requested_by", "requested"]
    readonly_fields = ["asked", "state", "station_page", "to", "came", "requested"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogRequest]:
        return super().get_queryset(request).prefetch_related("files")

    @admin.display(description="Log", ordering="kind")
    def asked(self, log: LogRequest) -> str:
        return str(log.get_kind_display())

    @admin.display(description="State", ordering="status")
    def state(self, log: LogRequest) -> SafeString:
        return badge("log", log.status)

    @admin.display(description="Station", ordering="station__identity")
    def station_page(self, log: LogRequest) -> SafeString:
        return station_link(log.station)

    @admin.display(description="To")
    def to(self, log: LogRequest) -> str:
        return str(log.location or "This server")

    @admin.display(description="Files")
    def came(self, log: LogRequest) -> str:
        return ", ".join(file.name for file in log.files.all()) or EMPTY

    @admin.display(description="Requested", ordering="pk")
    def requested(self, log: LogRequest) -> str:
        return ago(log.requested_at, log.station.time_zone)
