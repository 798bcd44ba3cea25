"""The first bytes of a connection decide who reads it: a plain WebSocket handshake its own protocol, all else HTTP.

Daphne lets Twisted's HTTP side read a handshake, writes it anew for autobahn and lets that read it again, which was a
fifth of what a charger costs that comes back after an outage.
"""

import re
import time
from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import Protocol
from twisted.protocols.policies import ProtocolWrapper

# RFC 9112 §3 and §5, RFC 6455 §4.1, of all spellings the usual one: whole, in ASCII, without folded lines or a body.
HANDSHAKE = re.compile(
    rb"GET (?P<target>/[!\"$-~]*+) HTTP/1\.1\r\n"
    rb"(?:(?!content-length:|transfer-encoding:|expect:)[!#$%&'*+\-.^_`|~0-9a-z]++:[\t -~]*+\r\n)++\r\n",
    re.IGNORECASE,
)
UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)
LARGEST = 8192
# A record of a handshake of any version (RFC 8446 §5.1).
TLS_HANDSHAKE = b"\x16\x03"


def target_of(data: bytes) -> bytes | None:
    """The request target of a plain WebSocket handshake; None: it needs to be read with more care."""
    if len(data) > LARGEST or not UPGRADE.search(data):
        return None
    found = HANDSHAKE.fullmatch(data)
    return found["target"] if found is not None else None


class Doorway(Protocol):
    """A connection that has said nothing yet."""

    transport: Any

    def __init__(self, server: Any, address: Any, build_http: Callable[[Any], Any]) -> None:
        self.server, self.address, self.build_http = server, address, build_http
        self.opened_at = time.monotonic()

    def connectionMade(self) -> None:  # noqa: N802
        self.server.silent[self] = None

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        self.server.silent.pop(self, None)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self.server.silent.pop(self, None)
        if data.startswith(TLS_HANDSHAKE):
            # It waits for an answer that plain HTTP does not have.
            self.server.handshake_failed(self.address.host, "tls request")
            self.transport.abortConnection()
            return
        target = target_of(data)
        if target is None:
            protocol = self.build_http(self.address)
        else:
            protocol = self.server.ws_factory.buildProtocol(self.address)
            # Where Daphne's own request leaves it.
            protocol._raw_query_string = target.partition(b"?")[2]
        transport = self.transport
        if isinstance(transport, ProtocolWrapper):
            transport.wrappedProtocol = protocol
        else:
            transport.protocol = protocol
        protocol.makeConnection(transport)
        protocol.dataReceived(data)
