"""The security of a station on its page: events, its own certificate, what it trusts, its password."""

from typing import Any

from django.contrib import messages
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Lag
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.console.tenants import permission, user_of
from csms.console.access import COMMAND, require, staff_only, visible
from stations.commands import RaiseSecurityProfile
from stations.models import (
    CertificateAuthority,
    ChargingStation,
    Command,
    InstalledCertificate,
    SecurityEvent,
    StationCertificate,
    StationConnection,
)
from stations.services import delete_certificate, mark_security_events_seen, revoke_certificate
from stations.states import ENDED_SIGNING_STATUSES, FAILED_COMMAND_STATUSES, SecurityProfile

RESOLVE = permission(SecurityEvent, "resolve")
REVOKE = permission(StationCertificate, "change")
SHOWN = 8
PROFILES_SHOWN = 5


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
        "used": station.connection if station.is_online else None,
        "asked": _asked(station),
        "changes": _changes(station),
        "is_highest": station.security_profile == SecurityProfile.MUTUAL_TLS,
        "failed": FAILED_COMMAND_STATUSES,
        "ended": ENDED_SIGNING_STATUSES,
        "may_command": user.has_perm(COMMAND, station),
        "may_revoke": user.has_perm(REVOKE, station),
        "may_resolve": user.has_perm(RESOLVE, station),
    }


def _asked(station: ChargingStation) -> Command | None:
    """The last time it was asked for a higher profile, as long as it has not come in with it."""
    last = Command.objects.filter(station=station, kind=RaiseSecurityProfile.__name__).order_by("-pk").first()
    if last is None or last.arguments["profile"] <= station.security_profile:
        return None
    return last


def _changes(station: ChargingStation) -> QuerySet[StationConnection]:
    """The connections with which its profile became another, newest first, as far back as connections are kept."""
    before = Window(Lag("security_profile"), order_by="opened_at")
    rows = StationConnection.objects.filter(station=station).annotate(before=before)
    differs = Q(before=None) | ~Q(before=F("security_profile"))
    return rows.filter(differs).order_by("-opened_at")[:PROFILES_SHOWN]


@staff_only
@require_POST
def seen(request: HttpRequest, pk: int) -> HttpResponseBase:
    station = visible(ChargingStation.objects.select_related("organization"), request, pk)
    require(request, RESOLVE, station)
    mark_security_events_seen(station=station, by=user_of(request))
    return redirect("console:station", pk)


@staff_only
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The station's own certificate counts no more, from this moment on. Pages that show it hear of it."""
    certificate = visible(StationCertificate.objects.select_related("station__organization"), request, pk)
    require(request, REVOKE, certificate.station)
    revoke_certificate(certificate=certificate, by=user_of(request))
    return HttpResponse(status=204)


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
@require_safe
def root(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The authority's certificate, for the proxy in front and for whoever checks."""
    authority = visible(CertificateAuthority.objects.select_related("organization"), request, pk)
    answer = HttpResponse(authority.certificate, content_type="application/x-pem-file")
    answer["Content-Disposition"] = f'attachment; filename="{authority.organization.slug}-stations.pem"'
    return answer
