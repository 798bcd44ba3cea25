"""The security of a station on its page: events, its own certificate, what it trusts, its password."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.console.tenants import permission, user_of
from csms.console.access import COMMAND, require, staff_only, visible
from stations.models import (
    CertificateAuthority,
    ChargingStation,
    InstalledCertificate,
    SecurityEvent,
    StationCertificate,
)
from stations.services import delete_certificate, mark_security_events_seen

RESOLVE = permission(SecurityEvent, "resolve")
SHOWN = 8


def security(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    user = user_of(request)
    return {
        "station": station,
        "zone": station.time_zone,
        "now": timezone.now(),
        "security_events": SecurityEvent.objects.filter(station=station).select_related("seen_by")[:SHOWN],
        "own_certificates": StationCertificate.objects.filter(station=station)[:SHOWN],
        "installed": InstalledCertificate.objects.filter(station=station),
        "has_pending_password": bool(station.pending_secret_hash),
        "may_command": user.has_perm(COMMAND, station),
        "may_resolve": user.has_perm(RESOLVE, station),
    }


@staff_only
@require_POST
def seen(request: HttpRequest, pk: int) -> HttpResponseBase:
    station = visible(ChargingStation.objects.select_related("organization"), request, pk)
    require(request, RESOLVE, station)
    mark_security_events_seen(station=station, by=user_of(request))
    return redirect("console:station", pk)


@staff_only
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask the station to forget a certificate; it is gone from the page when the station says so."""
    rows = InstalledCertificate.objects.select_related("station__organization")
    certificate = visible(rows, request, pk)
    require(request, COMMAND, certificate.station)
    if certificate.hash_algorithm:
        delete_certificate(certificate=certificate, by=user_of(request))
        messages.info(request, "The station was asked to delete it: see its commands.")
    else:
        messages.warning(request, "Ask the station for its certificates first: it names each by its hashes.")
    return redirect("console:station", certificate.station_id)


@staff_only
def root(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The authority's certificate, for the proxy in front and for whoever checks."""
    authority = visible(CertificateAuthority.objects.select_related("organization"), request, pk)
    answer = HttpResponse(authority.certificate, content_type="application/x-pem-file")
    answer["Content-Disposition"] = f'attachment; filename="{authority.organization.slug}-stations.pem"'
    return answer
