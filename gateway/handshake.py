"""Who may connect: identity, OCPP version, password, security profile (OCPP-J 1.6 §3; security whitepaper A00).

A refusal is answered before the upgrade with 401, 403 or 404, and kept with its cause.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from gateway.proxies import origin_of
from stations import services
from stations.models import ChargingStation, StationCertificate
from stations.repairs import Repair
from stations.states import OcppVersion, RefusalCause, SecurityProfile, UnnamedVersion

PREFIX = "/ocpp"
SUBPROTOCOLS = {
    "ocpp2.1": OcppVersion.V21,
    "ocpp2.0.1": OcppVersion.V201,
    "ocpp1.6": OcppVersion.V16,
    # Another spelling that is met in the field; answered as it was offered.
    "ocpp1.6j": OcppVersion.V16,
}
WORDS = frozenset({"ocpp1.6", "ocpp2.0.1", "ocpp2.1"})
STATUS_CODES = {
    RefusalCause.UNKNOWN_IDENTITY: 404,
    RefusalCause.BAD_PATH: 404,
    RefusalCause.STATION_DISABLED: 403,
    RefusalCause.PROFILE_TOO_LOW: 403,
    RefusalCause.NO_CERTIFICATE: 403,
    RefusalCause.CERTIFICATE_UNTRUSTED: 403,
    RefusalCause.CERTIFICATE_EXPIRED: 403,
    RefusalCause.CERTIFICATE_OF_ANOTHER: 403,
    RefusalCause.CERTIFICATE_REVOKED: 403,
}
UNAUTHORIZED = 401
NOT_BELIEVED = "not believed: it does not come from a proxy of ours"
KEPT_HEADERS = frozenset({"user-agent", "sec-websocket-version", "sec-websocket-extensions", "host", "x-forwarded-for"})


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a charger sent when it knocked."""

    path: str
    identity: str
    subprotocols: tuple[str, ...]
    username: str | None
    password: bytes | None
    is_secure: bool
    address: str | None
    headers: Mapping[str, str]
    repairs: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    """Of the client's side of TLS, its own first; who showed them has the key."""
    forged: tuple[str, ...] = ()
    """Names of headers that only a proxy of ours may send."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """The station may connect. ``subprotocol`` None: it offered none."""

    station: ChargingStation
    version: OcppVersion
    subprotocol: str | None
    security_profile: SecurityProfile
    certificate: StationCertificate | None = None
    """Ours, by which it came in."""
    common_name: str = ""
    """Of the certificate by which it came in."""

    @property
    def repairs(self) -> tuple[Repair, ...]:
        if self.subprotocol is None:
            return (Repair.NO_SUBPROTOCOL,)
        return () if self.subprotocol in WORDS else (Repair.SUBPROTOCOL_ALIAS,)


@dataclass(frozen=True, slots=True)
class Refusal:
    """``is_upgraded``: no common version is told by accepting and closing (OCPP-J 1.6 §3.2, 2.0.1 §3.3)."""

    cause: RefusalCause
    station: ChargingStation | None = None
    detail: str = ""

    @property
    def status_code(self) -> int:
        return STATUS_CODES.get(self.cause, UNAUTHORIZED)

    @property
    def is_upgraded(self) -> bool:
        return self.cause == RefusalCause.NO_COMMON_VERSION


def read(scope: Mapping[str, Any]) -> Handshake:
    """The handshake in an ASGI scope."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    raw_path = (scope.get("raw_path") or scope["path"].encode()).split(b"?")[0].decode("latin-1")
    identity, repairs = _identity(raw_path, scope.get("query_string", b"").decode("latin-1"))
    username, password = _credentials(headers.get("authorization"))
    origin = origin_of(scope, headers)
    return Handshake(
        path=raw_path,
        identity=identity,
        subprotocols=tuple(_storable(name) for name in scope.get("subprotocols", ()) if name),
        username=username,
        password=password,
        is_secure=origin.is_secure,
        address=origin.address,
        headers=_kept(headers, origin.forged),
        repairs=(*repairs, Repair.OLD_TLS) if origin.is_by_old_tls else tuple(repairs),
        certificates=origin.certificates,
        forged=origin.forged,
    )


def _kept(headers: Mapping[str, str], forged: tuple[str, ...]) -> dict[str, str]:
    """For staff: no credentials, and of what only a proxy may say that it was said."""
    kept = {name: _storable(value[:200]) for name, value in headers.items() if name in KEPT_HEADERS}
    return kept | dict.fromkeys(forged, NOT_BELIEVED)


def _identity(raw_path: str, query: str) -> tuple[str, list[str]]:
    """The last segment of the path, decoded; some chargers put it into the query instead."""
    if raw_path != PREFIX and not raw_path.startswith(f"{PREFIX}/"):
        return "", []
    segments = [unquote(segment) for segment in raw_path[len(PREFIX) :].split("/") if segment]
    if segments and "://" in segments[-1]:
        return _storable(segments[-1].rstrip("/").rsplit("/", 1)[-1]).strip(), [Repair.IDENTITY_IN_ADDRESS]
    if segments:
        return _storable(segments[-1]).strip(), []
    for name, values in parse_qs(query).items():
        if name.lower() in {"cid", "id", "identity"}:
            return _storable(values[0]).strip(), [Repair.IDENTITY_IN_QUERY]
    return "", []


def _storable(text: str) -> str:
    """PostgreSQL stores no zero bytes; a refusal must not fail because of one."""
    return text.replace("\x00", "\ufffd")


def _credentials(header: str | None) -> tuple[str | None, bytes | None]:
    """User name and password of Basic authentication. The password is bytes: it may be a binary key."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        username, separator, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None, None
    return (username.decode("utf-8", errors="replace"), password) if separator else (None, None)


def welcome_at_once(handshake: Handshake, station: ChargingStation | None) -> Welcome | None:
    """The station is let in without a further question to the database: nearly everybody in a storm."""
    if station is None or station.pending_secret_hash or handshake.certificates or handshake.forged:
        return None
    verdict = _judge(handshake, station)
    return verdict if isinstance(verdict, Welcome) else None


def examine(handshake: Handshake, station: ChargingStation | None) -> Welcome | Refusal:
    """Decide about a handshake, and keep a refusal. Runs in a thread."""
    verdict = _decide(handshake, station)
    if isinstance(verdict, Refusal):
        services.refuse_connection(
            cause=verdict.cause,
            identity=handshake.identity,
            station=verdict.station,
            address=handshake.address,
            path=handshake.path,
            subprotocols=handshake.subprotocols,
            headers=handshake.headers,
            detail=verdict.detail,
        )
    if handshake.forged and isinstance(verdict, Welcome):
        services.note_forged_headers(station=verdict.station, names=handshake.forged, address=handshake.address)
    return verdict


def _decide(handshake: Handshake, station: ChargingStation | None) -> Welcome | Refusal:
    if not handshake.identity:
        return Refusal(RefusalCause.BAD_PATH)
    station = station or _enrolled(handshake)
    return Refusal(RefusalCause.UNKNOWN_IDENTITY) if station is None else _judge(handshake, station)


def _judge(handshake: Handshake, station: ChargingStation) -> Welcome | Refusal:
    shown = _shown(handshake, station)
    cause = _why_not(station, handshake, shown)
    profile = _profile(station, handshake, shown)
    if cause is not None:
        return Refusal(cause, station, _detail(cause, station, profile, shown, handshake))
    offered = _version(station, handshake)
    if offered is None:
        return Refusal(RefusalCause.NO_COMMON_VERSION, station)
    if profile != SecurityProfile.MUTUAL_TLS or shown is None:
        return Welcome(station, *offered, profile)
    return Welcome(station, *offered, profile, shown.row, shown.common_name)


def _shown(handshake: Handshake, station: ChargingStation) -> services.ShownCertificate | None:
    if not handshake.certificates:
        return None
    return services.judge_certificate(station=station, shown=handshake.certificates)


def _detail(
    cause: RefusalCause,
    station: ChargingStation,
    profile: SecurityProfile,
    shown: services.ShownCertificate | None,
    handshake: Handshake,
) -> str:
    """What staff want to know beside the cause."""
    if cause == RefusalCause.PROFILE_TOO_LOW:
        told = f"It came with profile {profile.value} and must use {station.security_profile} at least."
        return f"{told} Its TLS is older than 1.2 and counts as none." if Repair.OLD_TLS in handshake.repairs else told
    return shown.told if shown is not None and shown.cause == cause else ""


def _enrolled(handshake: Handshake) -> ChargingStation | None:
    """A charger nobody entered, that an organization takes: only one that could come in with its next step."""
    speaks = not handshake.subprotocols or any(name.lower() in SUBPROTOCOLS for name in handshake.subprotocols)
    named = handshake.username is not None and handshake.username.lower() == handshake.identity.lower()
    if not speaks or not named:
        return None
    return services.enrol_station(identity=handshake.identity, password=handshake.password, address=handshake.address)


def _why_not(
    station: ChargingStation, handshake: Handshake, shown: services.ShownCertificate | None
) -> RefusalCause | None:
    """Why this station must not come in, if so."""
    if not station.is_enabled:
        return RefusalCause.STATION_DISABLED
    if shown is not None and shown.cause is None:
        return None
    if station.security_profile == SecurityProfile.MUTUAL_TLS and handshake.is_secure:
        return RefusalCause.NO_CERTIFICATE if shown is None else shown.cause
    cause = _what_is_wrong_with_password(station, handshake)
    if cause == RefusalCause.NO_CREDENTIALS and shown is not None:
        return shown.cause
    if cause is not None:
        return cause
    return RefusalCause.PROFILE_TOO_LOW if _profile(station, handshake, shown) < station.security_profile else None


def _what_is_wrong_with_password(station: ChargingStation, handshake: Handshake) -> RefusalCause | None:
    needs_password = (
        station.security_profile != SecurityProfile.NONE or not station.organization.accepts_insecure_stations
    )
    if handshake.password is None:
        return RefusalCause.NO_CREDENTIALS if needs_password else None
    if handshake.username is None or handshake.username.lower() != station.identity.lower():
        return RefusalCause.USERNAME_DIFFERS
    if not station.secret_hash and not station.pending_secret_hash:
        return RefusalCause.NO_PASSWORD_SET if needs_password else None
    return None if services.is_password_of(station, handshake.password) else RefusalCause.WRONG_PASSWORD


def _profile(
    station: ChargingStation, handshake: Handshake, shown: services.ShownCertificate | None
) -> SecurityProfile:
    """What the connection is worth: a password that nobody could check is none."""
    if shown is not None and shown.cause is None:
        return SecurityProfile.MUTUAL_TLS
    if handshake.password is None or not station.secret_hash:
        return SecurityProfile.NONE
    return SecurityProfile.TLS if handshake.is_secure else SecurityProfile.BASIC


def _version(station: ChargingStation, handshake: Handshake) -> tuple[OcppVersion, str | None] | None:
    """The first it offers that we speak; where it offers none, what its station says, else its organization."""
    for name in handshake.subprotocols:
        version = SUBPROTOCOLS.get(name.lower())
        if version is not None:
            return version, name
    if handshake.subprotocols or station.unnamed_version == UnnamedVersion.REFUSED:
        return None
    if station.unnamed_version:
        return OcppVersion(station.unnamed_version), None
    return (OcppVersion.V16, None) if station.organization.accepts_missing_subprotocol else None
