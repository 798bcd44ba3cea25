"""TLS in the gateway itself: what OCPP prescribes (security whitepaper and OCPP 2.x, A00.FR.3xx and 4xx), and no more.

Client certificates are asked for and not required, so that profiles 2 and 3 share a port. Here a station only proves
that it has the key; whether its certificate is good is decided with its identity, at each handshake, by
stations/services/client_certificates.py: a station is then told by an HTTP status, and staff by a row.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from OpenSSL import SSL
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from gateway.chains import chain_problems

log = logging.getLogger(__name__)

# A00.FR.318 and .421: two suites for each kind of key. ECDHE with RSA is for those who can.
SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    ":ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-GCM-SHA384"
)
# What chargers of TLS 1.0 and 1.1 know. Their signatures are by SHA-1, which OpenSSL makes at level 0 only.
LEGACY_SUITES = (
    f"{SUITES}:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA"
    ":AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA:@SECLEVEL=0"
)
LOOKED_AT_EVERY_S = 30
CONNECTION_DONE = Failure(ConnectionDone())


class UnsuitableFiles(Exception):
    """The server's own certificates or keys; the text says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The files of one server certificate, with its chain, and of its key."""

    certificate: Path
    key: Path


def key_pairs(certificates: Sequence[str], keys: Sequence[str]) -> list[KeyPair]:
    """One of ECDSA, one of RSA: the four suites need both. Raises UnsuitableFiles."""
    if len(certificates) != len(keys):
        raise UnsuitableFiles("OCPP_TLS_CERTIFICATES and OCPP_TLS_KEYS must name as many files, in the same order.")
    return [KeyPair(Path(certificate), Path(key)) for certificate, key in zip(certificates, keys, strict=True)]


@implementer(IOpenSSLServerConnectionCreator)
@dataclass
class Contexts:
    """Makes the TLS side of each connection. Files that were renewed are taken up without a restart."""

    pairs: list[KeyPair]
    is_legacy: bool = False
    """For chargers that know only TLS 1.0 or 1.1 (quirk 14)."""
    context: SSL.Context = field(init=False)
    written_at: tuple[int, ...] = field(init=False)
    looked_at_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.written_at, self.looked_at_s = self._times(), time.monotonic()
        self.context = context_of(self.pairs, is_legacy=self.is_legacy)

    def serverConnectionForTLS(self, protocol: Any) -> SSL.Connection:  # noqa: N802
        self._renew()
        return SSL.Connection(self.context, None)

    def _renew(self) -> None:
        if time.monotonic() - self.looked_at_s < LOOKED_AT_EVERY_S:
            return
        self.looked_at_s = time.monotonic()
        try:
            written_at = self._times()
            if written_at != self.written_at:
                self.context = context_of(self.pairs, is_legacy=self.is_legacy)
                self.written_at = written_at
                log.info("server certificates renewed")
        except UnsuitableFiles as problem:
            # Half of a pair may be written: it is looked at again.
            log.warning("server certificates not renewed", extra={"problem": str(problem)})

    def _times(self) -> tuple[int, ...]:
        try:
            return tuple(path.stat().st_mtime_ns for pair in self.pairs for path in (pair.certificate, pair.key))
        except OSError as error:
            raise UnsuitableFiles(f"{error.filename} cannot be read: {error.strerror}") from error


def context_of(pairs: Sequence[KeyPair], *, is_legacy: bool = False) -> SSL.Context:
    """TLS 1.2 or newer, the prescribed suites, no compression, no renegotiation. Raises UnsuitableFiles."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION if is_legacy else SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE)
    # Nothing is resumed: each connection proves anew that it has its key.
    context.set_options(SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_cipher_list((LEGACY_SUITES if is_legacy else SUITES).encode())
    context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
    for pair in pairs:
        try:
            context.use_certificate_chain_file(str(pair.certificate))
            context.use_privatekey_file(str(pair.key))
            context.check_privatekey()
        except SSL.Error as error:
            raise UnsuitableFiles(f"{pair.certificate} and {pair.key} are no certificate with its key.") from error
        # At the port for old chargers they are the same.
        for problem in () if is_legacy else chain_problems(pair.certificate):
            log.warning("server certificate will not do for every charger", extra={"problem": problem})
    return context


class StationTls(TLSMemoryBIOProtocol):
    """The TLS side of one socket: has little time for its handshake, and waits for nobody's goodbye."""

    factory: Any
    transport: Any
    peer_address = ""

    def makeConnection(self, transport: Any) -> None:  # noqa: N802
        peer = transport.getPeer()
        self.peer_address = str(getattr(peer, "host", ""))
        self.too_late = self.factory.clock.callLater(settings.OCPP_TLS_HANDSHAKE_S, self._give_up)
        super().makeConnection(transport)

    def _give_up(self) -> None:
        if not self._handshakeDone:
            self.abortConnection()

    def connectionLost(self, reason: Any = CONNECTION_DONE) -> None:  # noqa: N802
        if self.too_late.active():
            self.too_late.cancel()
        failed = None if self._handshakeDone else self._reason
        super().connectionLost(reason)
        if failed is not None and (problem := problem_of(failed.value)):
            self.factory.on_failure(self.peer_address, problem)

    def loseConnection(self) -> None:  # noqa: N802
        """Twisted would wait for the producer to leave and for the station's goodbye; some never say it."""
        if self._producer is not None:
            self.unregisterProducer()
        super().loseConnection()
        if self.connected and not self._appSendBuffer:
            self.transport.loseConnection()


class StationTlsFactory(TLSMemoryBIOFactory):
    """``on_failure`` hears the address, and what was wrong with a handshake that ended without a connection."""

    protocol = StationTls
    noisy = False

    def __init__(self, contexts: Any, wrapped: Any, clock: Any, on_failure: Callable[[str, str], None]) -> None:
        super().__init__(contexts, False, wrapped)
        self.clock, self.on_failure = clock, on_failure

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        """None, which closes the socket at once, where there is no file left for another."""
        inner = self.wrappedFactory.buildProtocol(addr)
        return None if inner is None else self.protocol(self, inner)


def problem_of(error: BaseException) -> str:
    """OpenSSL's words for a failed handshake: ``unsupported protocol``, ``no shared cipher``, ``http request``."""
    if not isinstance(error, SSL.Error) or not error.args or not error.args[0]:
        return ""
    reported = error.args[0]
    return str(reported[-1][-1]) if isinstance(reported, list) else ""


def client_chain(transport: Any) -> tuple[bytes, ...]:
    """The certificates the station showed, its own first, in DER; empty without TLS or without any."""
    if not isinstance(transport, StationTls):
        return ()
    handle = transport.getHandle()
    own: x509.Certificate | None = handle.get_peer_certificate(as_cryptography=True)
    if own is None:
        return ()
    shown: Sequence[x509.Certificate] = handle.get_peer_cert_chain(as_cryptography=True) or ()
    chain = (own, *(each for each in shown if each != own))
    return tuple(each.public_bytes(Encoding.DER) for each in chain)


def version_of(transport: Any) -> int | None:
    """The version of TLS as it is on the wire (0x0303 is 1.2)."""
    return int(transport.getHandle().get_protocol_version()) if isinstance(transport, StationTls) else None
