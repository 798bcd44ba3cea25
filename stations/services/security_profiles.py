"""Security profiles: up by connecting, up on request, and never down by itself (A05 of the whitepaper and OCPP 2.x)."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from stations.commands import DEFAULT_EXPIRY, RaiseSecurityProfile, send
from stations.errors import CannotRaiseProfile
from stations.models import ChargingStation, Command, InstalledCertificate, StationCertificate, Variable
from stations.states import (
    OPEN_COMMAND_STATUSES,
    CertificateKind,
    OcppVersion,
    SecurityProfile,
    SigningStatus,
)

COMPONENT = "OCPPCommCtrlr"
PRIORITY = "NetworkConfigurationPriority"
ACTIVE = "ActiveNetworkProfile"
SCHEMES = {SecurityProfile.BASIC: "ws", SecurityProfile.TLS: "wss", SecurityProfile.MUTUAL_TLS: "wss"}
INTERFACES = tuple(f"{kind}{number}" for kind in ("Wired", "Wireless") for number in range(4))
LONGEST_URL = 512


def raise_profiles(profiles: Mapping[int, int]) -> None:
    """These stations came in with a higher profile than they must: from now on they must (A05.FR.07).

    By the station's id. Locked by the caller, who does nothing after it: the chains of the audit trail are locked, in
    one order for everybody.
    """
    if not profiles:
        return
    stations = ChargingStation.objects.filter(pk__in=profiles).select_related("organization")
    for station in stations.order_by("organization_id", "pk"):
        before, after = station.security_profile, profiles[station.pk]
        ChargingStation.objects.filter(pk=station.pk).update(security_profile=after)
        audit.record(actor=None, action="security profile raised", target=station, before=before, after=after)


def why_not_raisable(station: ChargingStation, profile: SecurityProfile) -> str:
    """A sentence about what is missing; empty if nothing is."""
    if profile not in SCHEMES or profile <= station.security_profile:
        return f"The station uses profile {station.security_profile} already; OCPP knows no way down."
    if profile in {SecurityProfile.BASIC, SecurityProfile.TLS} and not station.secret_hash:
        return "The station has no password here, which this profile needs: send it one first with “Change password”."
    if profile == SecurityProfile.MUTUAL_TLS and not _has_certificate(station):
        return (
            "The station has taken no certificate from here that is still valid, which this profile needs: "
            "renew its certificate first."
        )
    if Command.objects.filter(
        station=station, kind=RaiseSecurityProfile.__name__, status__in=OPEN_COMMAND_STATUSES
    ).exists():
        return "The station is being asked already."
    return ""


def _has_certificate(station: ChargingStation) -> bool:
    taken = StationCertificate.objects.filter(station=station, status=SigningStatus.ACCEPTED)
    return taken.filter(expires_at__gt=timezone.now()).exists()


def knows_root(station: ChargingStation) -> bool:
    """Whether the station is known to trust a root of this server: some have public ones built in, and tell nobody."""
    return InstalledCertificate.objects.filter(station=station, kind=CertificateKind.SYSTEM_ROOT).exists()


@transaction.atomic
def raise_security_profile(
    *,
    station: ChargingStation,
    profile: SecurityProfile,
    url: str = "",
    slot: int | None = None,
    interface: str = INTERFACES[0],
    by: User | None,
    expires_in: timedelta = DEFAULT_EXPIRY,
) -> Command:
    """Ask the station to use a higher profile. It counts here when the station has come in with it.

    ``url``, ``slot`` and ``interface`` are for OCPP 2.x: where the station finds this server, and which of its
    network profiles is to hold that. Raises CannotRaiseProfile.
    """
    ChargingStation.objects.select_for_update(of=("self",)).get(pk=station.pk)
    if problem := why_not_raisable(station, profile):
        raise CannotRaiseProfile(problem)
    if station.ocpp_version == OcppVersion.V16:
        return send(station, RaiseSecurityProfile(profile), by=by, expires_in=expires_in)
    url = url or default_url(profile)
    check_url(url, profile)
    chosen = free_slot(station) if slot is None else slot
    order = slots_in_order(station)
    if order and chosen == order[0]:
        raise CannotRaiseProfile(
            f"The station uses slot {chosen} now: what is in it must stay until the new one works."
        )
    priority = ",".join(str(each) for each in (chosen, *(other for other in order if other != chosen)))
    wanted = RaiseSecurityProfile(profile, url=url, slot=chosen, priority=priority, interface=interface)
    return send(station, wanted, by=by, expires_in=expires_in)


def default_url(profile: SecurityProfile) -> str:
    return str(settings.OCPP_PUBLIC_URL if SCHEMES[profile] == "ws" else settings.OCPP_TLS_PUBLIC_URL)


def check_url(url: str, profile: SecurityProfile) -> None:
    """Raises CannotRaiseProfile."""
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or len(url) > LONGEST_URL:
        raise CannotRaiseProfile(
            "Say where the station finds this server: wss://csms.example/ocpp, without its identity."
        )
    if parts.scheme != SCHEMES[profile]:
        raise CannotRaiseProfile(f"With profile {profile.value} the address begins with {SCHEMES[profile]}://.")


def slots_in_order(station: ChargingStation) -> list[int]:
    """The network profiles the station uses, the one it uses now first."""
    told = {
        variable.name.casefold(): variable.value
        for variable in Variable.objects.filter(station=station, component__iexact=COMPONENT)
    }
    order = _numbers(told.get(PRIORITY.casefold(), ""))
    active = _numbers(told.get(ACTIVE.casefold(), ""))
    return [*active, *(slot for slot in order if slot not in active)]


def free_slot(station: ChargingStation) -> int:
    """One the station has and does not use; the last in its order if it uses all; a new number if it told none."""
    order = slots_in_order(station)
    known = Variable.objects.filter(station=station, component__iexact=COMPONENT, name__iexact=PRIORITY).first()
    slots = _numbers(known.values_list) if known else []
    free = [slot for slot in slots if slot not in order]
    if free:
        return free[0]
    if len(order) > 1 and slots:
        return order[-1]
    return max(order, default=1) + 1


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.replace(" ", "").split(",") if word.isdecimal()]
