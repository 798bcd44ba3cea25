"""Firmware updates, over all stations: shown, never edited."""

from django.contrib import admin
from django.utils.safestring import SafeString

from accounts.console.filters import PickedFilter, ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago
from accounts.console.tenants import RecordAdmin
from firmware.admin.logs import station_link
from firmware.models import FirmwareUpdate


@admin.register(FirmwareUpdate)
class FirmwareUpdateAdmin(RecordAdmin):
    when_empty = "Updates are started on the page of a station."
    export_excluded = ("location_hash", "secret_hash")
    list_display = ["to_version", "state", "confirmed", "station_page", "before", "requested_by", "requested"]
    list_display_links = ["to_version"]
    list_filter = ["status", ("firmware", PickedFilter), ("station__organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization", "requested_by", "firmware"]
    sortable_by = ["requested"]
    search_fields = ["station__identity", "firmware__version"]
    search_help_text = "Station or version"
    fields = ["to_version", "state", "confirmed", "station_page", "before", "is_signed", ("retrieve_at", "install_at")]
    fields += [("retries", "retry_interval_s"), "downloaded_at", "requested_by", "requested"]
    readonly_fields = ["to_version", "state", "confirmed", "station_page", "before", "requested"]

    @admin.display(description="Firmware", ordering="firmware")
    def to_version(self, update: FirmwareUpdate) -> str:
        return str(update.firmware)

    @admin.display(description="State", ordering="status")
    def state(self, update: FirmwareUpdate) -> SafeString:
        return badge("update", update.status)

    @admin.display(description="Confirmed by a boot", ordering="confirmed_at")
    def confirmed(self, update: FirmwareUpdate) -> str:
        return ago(update.confirmed_at, update.station.time_zone) if update.confirmed_at else "Not yet"

    @admin.display(description="Station", ordering="station__identity")
    def station_page(self, update: FirmwareUpdate) -> SafeString:
        return station_link(update.station)

    @admin.display(description="Before")
    def before(self, update: FirmwareUpdate) -> str:
        return update.version_before or EMPTY

    @admin.display(description="Requested", ordering="pk")
    def requested(self, update: FirmwareUpdate) -> str:
        return ago(update.requested_at, update.station.time_zone)
