"""Posting to an address that somebody else wrote down: never inside our network, never by a detour, never for long."""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

# For connection, request and answer together: who sends a byte now and then passes every limit of a single read.
LIMIT_S = 10.0
CONNECT_LIMIT_S = 3.0
ADDRESSES_TRIED = 3
EXCERPT = 300

GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
# Protocol assignments, 6to4 and Teredo: they reach, or may reach, an IPv4 address inside.
NOT_GLOBAL = [ipaddress.ip_network(name) for name in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16")]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotPosted(Exception):
    """Says why nothing was answered."""


@dataclass(frozen=True)
class Posted:
    code: int
    excerpt: str


def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
    """The answer of the address, whatever its code. Redirects are not followed. Raises NotPosted."""
    try:
        if problem := problem_of(url):
            raise NotPosted(problem)
        return _exchange(urlsplit(url), body, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotPosted(f"{type(error).__name__}: {error}"[:EXCERPT]) from error


def problem_of(url: str) -> str:
    """Why nothing is ever posted to this address; empty if something may be."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "Enter a valid URL."
    if parts.scheme != "https" and not settings.WEBHOOK_PRIVATE_ADDRESSES:
        return "Begin with https://, so that nobody on the way reads what is told."
    if "@" in parts.netloc:
        return "Leave user and password out: the address is shown, and messages are signed."
    address = _written(parts.hostname or "")
    if address and not is_allowed(address):
        return "This address is inside a private network, where nothing is posted to."
    return ""


def _written(host: str) -> Address | None:
    """The address, if the host is not a name."""
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


def is_allowed(address: Address) -> bool:
    """Public; or in our own network, if the settings allow it. What a cloud tells only its own machines is never."""
    inner = getattr(address, "ipv4_mapped", None) or address
    if inner.is_link_local or inner.is_multicast:
        return False
    return settings.WEBHOOK_PRIVATE_ADDRESSES or _is_public(inner)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in GLOBAL_IPV6:
        return False
    return address.is_global and not address.is_reserved and not any(address in network for network in NOT_GLOBAL)


def _exchange(parts: SplitResult, body: bytes, headers: dict[str, str]) -> Posted:
    is_tls = parts.scheme == "https"
    host = (parts.hostname or "").encode("idna").decode()
    port = parts.port or (443 if is_tls else 80)
    begun = time.monotonic()
    connection = http.client.HTTPConnection(host, port)
    with _connected(host, port) as plain, _wrapped(plain, host, is_tls) as channel, _ends(channel, begun) as limit:
        connection.sock = channel
        try:
            if isinstance(channel, ssl.SSLSocket):
                channel.do_handshake()
            connection.request("POST", _target(parts), body, {**headers, "host": _named(host, parts.port)})
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException):
            if not limit.is_set():
                raise
        if limit.is_set():
            raise NotPosted(f"It took longer than {LIMIT_S:g} s.")
        return Posted(answer.status, _excerpt(answer))


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _named(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if port else name


def _excerpt(answer: http.client.HTTPResponse) -> str:
    """Whoever answered with a code has heard it, also when the rest never comes."""
    with suppress(OSError, http.client.HTTPException):
        return answer.read(EXCERPT).decode(errors="replace").replace("\0", "")
    return ""


def _connected(host: str, port: int) -> socket.socket:
    """To an address that was looked at: asking the name again could give another."""
    failure: OSError | None = None
    for address in _addresses(host, port)[:ADDRESSES_TRIED]:
        try:
            found = socket.create_connection((address, port), timeout=CONNECT_LIMIT_S)
        except OSError as error:
            failure = error
        else:
            found.settimeout(LIMIT_S)
            return found
    raise failure or NotPosted("The name of the host is not known.")


def _addresses(host: str, port: int) -> list[str]:
    """One that is not allowed is enough to refuse all: names that point to both are made to deceive."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotPosted("The name of the host is not known.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(is_allowed(ipaddress.ip_address(address.partition("%")[0])) for address in addresses):
        raise NotPosted("The host is inside a private network.")
    return addresses


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _wrapped(plain: socket.socket, host: str, is_tls: bool) -> socket.socket:
    if not is_tls:
        return plain
    return _context().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


@contextmanager
def _ends(channel: socket.socket, begun: float) -> Iterator[threading.Event]:
    """Breaks the connection when the time is over, and sets the event."""
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        with suppress(OSError):
            # The plain one: TLS would first wait for its peer.
            socket.socket.shutdown(channel, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, begun + LIMIT_S - time.monotonic()), end)
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()
        timer.join()
