"""What a proxy in front tells of a connection that it ended: scheme, the charger's address, its certificate.

Any charger can send these headers too. They are believed only from an address of OCPP_TRUSTED_PROXIES, and only with
OCPP_PROXY_SECRET where that is set; the certificate, which takes the place of a password, needs both. The proxy must
set all of them itself on each request, also when they are empty. Who else sends them is not believed, and it is noted.
"""

import contextlib
import hmac
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

SECRET = "x-csms-proxy-secret"  # noqa: S105 - a name
CERTIFICATE = "x-csms-client-certificate"
PROTO = "x-forwarded-proto"
ADDRESS = "x-forwarded-for"
TOLD = (PROTO, ADDRESS, CERTIFICATE, SECRET)
# Nobody but a proxy of ours has a reason to send these.
FORGED = frozenset({CERTIFICATE, SECRET})
SECURE = frozenset({"https", "wss"})
TLS_1_2 = 0x0303


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection comes from, and how it is protected on its way."""

    is_secure: bool
    address: str | None
    certificates: tuple[str, ...] = ()
    """PEM, percent-encoded PEM or base64 of DER; the station's own first. Its holder proved to have the key."""
    forged: tuple[str, ...] = ()
    """Headers of a proxy that came from somebody else."""
    is_by_old_tls: bool = False
    """TLS 1.0 or 1.1 ended here: whoever can listen can also read, so that it counts as none."""


def origin_of(scope: Mapping[str, Any], headers: Mapping[str, str]) -> Origin:
    client = scope.get("client")
    peer = client[0] if client else None
    if not _is_proxy(peer, headers):
        is_old = _is_by_old_tls(scope)
        return Origin(
            is_secure=scope.get("scheme") == "wss" and not is_old,
            address=peer,
            certificates=() if is_old else _shown(scope),
            forged=tuple(sorted(FORGED & headers.keys())),
            is_by_old_tls=is_old,
        )
    is_secure = headers.get(PROTO) in SECURE
    certificate = headers.get(CERTIFICATE, "")
    return Origin(
        is_secure=is_secure,
        address=_address(headers.get(ADDRESS, "")) or peer,
        certificates=(certificate,) if certificate and is_secure and settings.OCPP_PROXY_SECRET else (),
    )


def _shown(scope: Mapping[str, Any]) -> tuple[str, ...]:
    """By TLS that ended here (ASGI's extension for TLS)."""
    tls = scope.get("extensions", {}).get("tls") or {}
    return tuple(tls.get("client_cert_chain") or ())


def _is_by_old_tls(scope: Mapping[str, Any]) -> bool:
    tls = scope.get("extensions", {}).get("tls") or {}
    version: int | None = tls.get("tls_version")
    return version is not None and version < TLS_1_2


def _is_proxy(peer: str | None, headers: Mapping[str, str]) -> bool:
    networks = _networks(tuple(settings.OCPP_TRUSTED_PROXIES))
    try:
        address = ipaddress.ip_address(peer or "")
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if not any(address in network for network in networks):
        return False
    secret: str = settings.OCPP_PROXY_SECRET
    return not secret or hmac.compare_digest(secret.encode(), headers.get(SECRET, "").encode())


@lru_cache(maxsize=8)
def _networks(named: Sequence[str]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(each, strict=False) for each in named)


def _address(forwarded: str) -> str | None:
    """The last one: it is the proxy's own word, those before it are the charger's."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(forwarded.split(",")[-1].strip()))
    return None
