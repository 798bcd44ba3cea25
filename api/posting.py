"""Posting to an address that somebody else wrote down: never inside our network, never by a detour."""

import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_S = 10
EXCERPT = 300


class NotPosted(Exception):
    """Says why nothing was answered."""


@dataclass(frozen=True)
class Posted:
    code: int
    excerpt: str


def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
    """The answer of the address, whatever its code. Redirects are not followed. Raises NotPosted."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not settings.WEBHOOK_PRIVATE_ADDRESSES:
        raise NotPosted("Only https is posted to.")
    connection = _connection(parts.scheme, host, parts.port or (443 if parts.scheme == "https" else 80))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            "POST", target, body, {**headers, "user-agent": "csms-webhooks", "host": parts.netloc.rpartition("@")[2]}
        )
        answer = connection.getresponse()
        text = answer.read(EXCERPT).decode(errors="replace").replace("\0", "")
        return Posted(answer.status, text)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotPosted(f"{type(error).__name__}: {error}"[:EXCERPT]) from error
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int) -> http.client.HTTPConnection:
    """To the address that was looked at: asking the name again could give another."""
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        plain = socket.create_connection((_public_address(host, port), port), timeout=TIMEOUT_S)
        connection.sock = plain
        if scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError as error:
        connection.close()
        raise NotPosted(f"{type(error).__name__}: {error}"[:EXCERPT]) from error
    return connection


def _public_address(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotPosted("The name of the host is not known.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not settings.WEBHOOK_PRIVATE_ADDRESSES and not all(_is_public(address) for address in addresses):
        raise NotPosted("The host is inside a private network.")
    return addresses[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not parsed.is_multicast
