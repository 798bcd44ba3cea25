"""Security events and certificates over all stations: shown, never edited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.console.filters import DaysFilter, ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago, moment
from accounts.console.tenants import RecordAdmin
from stations.admin.records import station_link
from stations.models import CertificateAuthority, SecurityEvent, StationCertificate


@admin.register(SecurityEvent)
class SecurityEventAdmin(RecordAdmin):
    when_empty = "What stations tell of their security: tampering, weak connections, changed firmware."
    list_display = ["type", "weight", "station_page", "info", "seen", "told"]
    list_filter = ["is_alarm", "is_critical", ("at", DaysFilter), ("station__organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization", "seen_by"]
    sortable_by = ["told"]
    search_fields = ["^type", "station__identity"]
    search_help_text = "How a type begins, or the station"
    fields = ["type", "weight", "station_page", "info", "seen", "told", "at"]
    readonly_fields = ["weight", "station_page", "seen", "told"]

    @admin.display(description="Weight", ordering="is_alarm")
    def weight(self, event: SecurityEvent) -> SafeString:
        if event.is_alarm and event.seen_at is None:
            return badge("security", "alarm")
        return badge("security", "critical" if event.is_critical else "note")

    @admin.display(description="Station", ordering="station__identity")
    def station_page(self, event: SecurityEvent) -> SafeString | str:
        return station_link(event.station)

    @admin.display(description="Seen by", ordering="seen_at")
    def seen(self, event: SecurityEvent) -> str:
        return str(event.seen_by) if event.seen_by else EMPTY

    @admin.display(description="Received", ordering="received_at")
    def told(self, event: SecurityEvent) -> str:
        return ago(event.received_at, event.station.time_zone)


@admin.register(StationCertificate)
class StationCertificateAdmin(RecordAdmin):
    when_empty = "A station's own certificate is signed here when it asks for it, or when you renew it on its page."
    list_display = ["named", "state", "station_page", "expires", "requested"]
    list_display_links = ["named"]
    list_filter = ["status", ("station__organization", ScopedFilter)]
    list_select_related = ["station__site", "station__organization"]
    sortable_by = ["expires", "requested"]
    search_fields = ["station__identity", "serial_number__exact", "fingerprint__exact"]
    search_help_text = "Station, or the exact serial number or fingerprint"
    fields = ["named", "state", "reason", "station_page", "serial_number", "fingerprint", "expires", "requested"]
    fields += ["certificate"]
    readonly_fields = ["named", "state", "station_page", "expires", "requested"]

    @admin.display(description="Certificate", ordering="subject")
    def named(self, certificate: StationCertificate) -> str:
        return certificate.subject or EMPTY

    @admin.display(description="State", ordering="status")
    def state(self, certificate: StationCertificate) -> SafeString:
        return badge("signing", certificate.status, certificate.reason)

    @admin.display(description="Station", ordering="station__identity")
    def station_page(self, certificate: StationCertificate) -> SafeString | str:
        return station_link(certificate.station)

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, certificate: StationCertificate) -> str:
        zone = certificate.station.time_zone
        return moment(certificate.expires_at, zone) if certificate.expires_at else EMPTY

    @admin.display(description="Requested", ordering="pk")
    def requested(self, certificate: StationCertificate) -> str:
        return ago(certificate.requested_at, certificate.station.time_zone)


@admin.register(CertificateAuthority)
class CertificateAuthorityAdmin(RecordAdmin):
    when_empty = "Made by itself when the first station of an organization asks for a certificate."
    export_excluded = ("key_encrypted",)
    list_display = ["owner", "expires", "root"]
    list_select_related = ["organization"]
    fields = ["owner", "expires", "root", "certificate"]
    readonly_fields = ["owner", "expires", "root"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description="Organization", ordering="organization")
    def owner(self, authority: CertificateAuthority) -> str:
        return str(authority.organization)

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, authority: CertificateAuthority) -> str:
        return moment(authority.expires_at, authority.organization.time_zone)

    @admin.display(description="Root certificate")
    def root(self, authority: CertificateAuthority) -> SafeString:
        url = reverse("console:authority_root", args=[authority.pk])
        return format_html('<a class="c-link" href="{}">Download</a>', url)
