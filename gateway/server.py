"""Daphne's server, configured for chargers (what it lacks out of the box: docs/adr/0002-daphne-as-a-library.md).

It refuses with the status the application chose, keeps sockets whose peers never answer a ping as long as they talk,
holds back a station that floods, negotiates compression for OCPP 2.x, and has a deep listen backlog.
"""

import asyncio
import base64
import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import takewhile
from typing import Any

import uvloop

# Daphne takes its event loop at import, so uvloop must be in place before.
asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

from autobahn.twisted import websocket as autobahn_twisted  # noqa: E402
from autobahn.twisted.websocket import ConnectionDeny  # noqa: E402
from autobahn.websocket import protocol as autobahn_protocol  # noqa: E402
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept  # noqa: E402
from daphne.server import Server, reactor  # noqa: E402
from daphne.ws_protocol import WebSocketProtocol  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import DatabaseError  # noqa: E402
from twisted.internet.error import CannotListenError  # noqa: E402

from gateway.doorway import Doorway  # noqa: E402
from gateway.files import Files  # noqa: E402
from gateway.flow import MOST_WAITING, Inbox, Outflow  # noqa: E402
from gateway.frames import text_frame, whole_text  # noqa: E402
from gateway.process import gateway, running_gateway  # noqa: E402
from gateway.tls import (  # noqa: E402
    Contexts,
    StationTls,
    StationTlsFactory,
    UnsuitableFiles,
    client_chain,
    key_pairs,
    version_of,
)

log = logging.getLogger(__name__)

for module, name in (
    (autobahn_protocol, "pformat"),
    (autobahn_protocol, "hltype"),
    (autobahn_protocol, "hlval"),
    (autobahn_twisted, "hltype"),
    (autobahn_twisted, "hlval"),
):
    # autobahn prints its options neatly and its names in colours for debug lines nobody reads: half of its handshake.
    setattr(module, name, lambda _: "")

BACKLOG = 4096
PONGS_MISSED = 3
HANDSHAKE_LIMIT_S = 60
CLOSE_LIMIT_S = 5
# Each connection is looked at once in so many of these.
LOOK_S, MOST_LOOKS = 0.5, 12
COME_AGAIN_S = 30
# RFC 6455 §7.4.1: protocol error, no UTF-8, too large.
BROKEN_RULES = frozenset({1002, 1007, 1009})


class StationProtocol(WebSocketProtocol):
    """One charger's socket."""

    last_heard = last_pinged = 0.0
    was_let_in = has_ponged = False
    counts_pongs = True
    held: frozenset[str] = frozenset()
    denial: dict[str, Any] | None = None
    denial_headers: Sequence[tuple[str, str]] = ()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self.last_heard = time.monotonic()
        if self._is_between_messages() and len(data) <= self.maxFramePayloadSize:
            payload = whole_text(data)
            if payload is not None:
                self.onMessage(payload, False)
                return
        # autobahn's own method first formats a debug line nobody reads, with colours: 10 µs a frame.
        self._dataReceived(data)

    def _is_between_messages(self) -> bool:
        is_open = self.state == self.STATE_OPEN
        return is_open and not self.data and self.current_frame is None and not self.inside_message

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        """A file too many is refused, before the application could need one for its answer."""
        if not self.factory.server_class.files.has_room_for(self.transport.fileno()):
            self.denial_headers = [("Retry-After", str(COME_AGAIN_S))]
            raise ConnectionDeny(code=503, reason="Service Unavailable")
        self.was_let_in = True
        return super().onConnect(request)

    def onPong(self, payload: bytes) -> None:  # noqa: N802
        self.has_ponged = True

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        """Text with broken bytes is passed on with the bytes replaced: a bad frame must not end a socket."""
        if self.muted:
            return
        self.last_pinged = time.monotonic()
        message = {"bytes": payload} if isBinary else {"text": payload.decode("utf-8", errors="replace")}
        self.application_queue.put_nowait({"type": "websocket.receive", **message})
        if self.application_queue.qsize() >= MOST_WAITING:
            self.hold("inbox")

    def onOpen(self) -> None:  # noqa: N802
        super().onOpen()
        # Until now the HTTP side, which is done, was told.
        self.transport.unregisterProducer()
        self.transport.registerProducer(Outflow(self), True)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        """Whom we closed for what it sent often answers nothing: our own code tells more than 1006."""
        if not self.was_let_in:
            return
        if self.localCloseCode in BROKEN_RULES:
            code = self.localCloseCode
        super().onClose(wasClean, code, reason)
        if hasattr(self, "handshake_deferred"):
            self.server.forget(self)

    def hold(self, reason: str) -> None:
        """Read nothing more from this station as long as there is a reason not to."""
        if not self.held:
            self.transport.pauseProducing()
        self.held = self.held | {reason}

    def release(self, reason: str) -> None:
        if not self.held:
            return
        if self.held == {reason}:
            self.transport.resumeProducing()
        self.held = self.held - {reason}

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.http.response.start":
            self.denial = message
        elif message["type"] == "websocket.http.response.body":
            self._deny(message.get("body", b""))
        elif message["type"] == "websocket.accept":
            self.counts_pongs = message.get("counts_pongs", True)
            if str(message.get("subprotocol", "")).startswith("ocpp2"):
                # OCPP-J 2.0.1 §3.3 asks for RFC 7692; it costs CPU and memory on each small message, so only there.
                self.perMessageCompressionAccept = _accept_deflate
            super().handle_reply(message)
        elif message["type"] == "websocket.send":
            self._send(message)
        elif message["type"] == "websocket.close" and self.state != self.STATE_CONNECTING:
            # autobahn's sendClose takes only codes of applications; 1002 and 1012 are a server's own.
            self.sendCloseFrame(code=message.get("code", 1000), reasonUtf8=message.get("reason", "").encode()[:123])
        else:
            super().handle_reply(message)

    def _send(self, message: dict[str, Any]) -> None:
        """Nothing more goes out on a socket that closes; the application will hear of it."""
        if self.state != self.STATE_OPEN:
            return
        text = message.get("text")
        frame = text_frame(text) if text is not None and self.websocket_extensions_in_use == [] else None
        if frame is None:
            super().handle_reply(message)
        else:
            self._write(frame)

    def _write(self, frame: bytes) -> None:
        """Nearly always the socket takes all at once; asking the event loop first costs 20 µs."""
        transport = self.transport
        if isinstance(transport, StationTls):
            # It passes on what it does not know to the bare socket below it: that one must not be written to.
            transport.write(frame)
            return
        if transport.connected and not transport.dataBuffer and not transport._tempDataLen:
            taken = transport.writeSomeData(frame)
            if isinstance(taken, int) and taken > 0:
                frame = frame[taken:]
        if frame:
            transport.write(frame)

    def _deny(self, body: bytes) -> None:
        """The upgrade is answered with an HTTP status instead of 101."""
        if self.denial is None or not hasattr(self, "handshake_deferred"):
            return
        self.denial_headers = [(name.decode(), value.decode()) for name, value in self.denial.get("headers", ())]
        denial = ConnectionDeny(code=self.denial["status"], reason=body.decode())
        self.handshake_deferred.errback(denial)
        del self.handshake_deferred
        self.server.protocol_disconnected(self)

    def sendHttpErrorResponse(self, code: int, reason: str, responseHeaders: Any = None) -> None:  # noqa: N802, N803
        headers = [*(responseHeaders or ()), *self.denial_headers, ("Content-Length", "0"), ("Connection", "close")]
        super().sendHttpErrorResponse(code, reason, headers)

    def check_timeouts(self) -> None:
        """Any byte is a sign of life. Who answered pings once is given up after three unanswered ones."""
        now = time.monotonic()
        if self.state == self.STATE_CONNECTING:
            if self.duration() > HANDSHAKE_LIMIT_S:
                self.denial = {"status": 503, "headers": [(b"Retry-After", b"%d" % COME_AGAIN_S)]}
                self._deny(b"Service Unavailable")
                self.server.forget(self)
        elif self.state == self.STATE_OPEN:
            silent_s = now - self.last_heard
            ping_s = settings.OCPP_PING_INTERVAL_S
            trusts_pongs = self.has_ponged and self.counts_pongs
            limit_s = ping_s * PONGS_MISSED if trusts_pongs else settings.OCPP_IDLE_LIMIT_S
            if silent_s > limit_s:
                self.dropConnection(abort=True)
            elif silent_s > ping_s and now - self.last_pinged > ping_s:
                self._sendAutoPing()
                self.last_pinged = now


def _accept_deflate(offers: list[Any]) -> Any:
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            return PerMessageDeflateOfferAccept(
                offer,
                request_no_context_takeover=True,
                no_context_takeover=True,
                max_message_size=settings.OCPP_MAX_FRAME_BYTES,
            )
    return None


def _tls_of(transport: StationTls) -> dict[str, Any]:
    """As ASGI's extension for TLS says it, with certificates in PEM."""
    return {
        "server_cert": None,
        "client_cert_chain": [_pem(der) for der in client_chain(transport)],
        "client_cert_name": None,
        "client_cert_error": None,
        "tls_version": version_of(transport),
        "cipher_suite": None,
    }


def _pem(der: bytes) -> str:
    encoded = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{encoded}-----END CERTIFICATE-----\n"


class GatewayServer(Server):
    """Daphne's server with our protocol, inbox and end."""

    has_failed = False
    ports: tuple[Any, ...] = ()
    files: Files
    unlooked: list[Any]
    silent: dict[Doorway, None]
    """Connections that have said nothing yet, the oldest first."""
    leaving: dict[Any, float]
    """Protocols whose peer has gone, since when, and whose application goes on; the longest first."""
    tls_addresses: tuple[tuple[str, int, Contexts], ...] = ()
    """Where to listen with TLS, if anywhere."""
    tls_ports: dict[str, int]
    """By their names, once they are open."""

    def run(self) -> None:
        self.files = Files()
        self.tls_ports = {}
        self.unlooked = []
        self.silent = {}
        self.leaving = {}
        reactor.callWhenRunning(self._prepare)
        super().run()

    def _prepare(self) -> None:
        self.ws_factory.protocol = StationProtocol
        # failByDrop: a station is told by a close code (1002, 1009) what was wrong before its socket closes.
        # A slow one, as over a mobile network, would lose the code with a socket that is dropped after a second.
        self.ws_factory.setProtocolOptions(
            autoPingTimeout=0, utf8validateIncoming=False, failByDrop=False, closeHandshakeTimeout=CLOSE_LIMIT_S
        )
        self.http_factory.buildProtocol = partial(self._build, self.http_factory.buildProtocol)
        loop = asyncio.get_event_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._begin_to_stop)
        for address in self.tls_addresses:
            self._listen_with_tls(*address)
        self.starting = loop.create_task(self._announce())

    def _build(self, build: Callable[[Any], Any], address: Any) -> Any:
        """None: Twisted closes the socket at once."""
        return None if self.files.are_spent else Doorway(self, address, build)

    def timeout_checker(self) -> None:
        """A few at a time: Daphne's own walk over all of them every two seconds took 9 % of a storm."""
        looks = max(1, min(MOST_LOOKS, int(settings.OCPP_PING_INTERVAL_S / 10 / LOOK_S)))
        self.unlooked = self.unlooked or list(self.connections)
        count = max(len(self.connections), len(self.unlooked)) // looks + 1
        now, self.unlooked = self.unlooked[:count], self.unlooked[count:]
        for protocol in now:
            if protocol in self.connections:
                protocol.check_timeouts()
        self._end_silence()
        self._cancel_late()
        reactor.callLater(LOOK_S, self.timeout_checker)

    def _end_silence(self) -> None:
        too_old = time.monotonic() - settings.OCPP_FIRST_BYTES_S
        for doorway in tuple(takewhile(lambda each: each.opened_at < too_old, self.silent)):
            doorway.transport.abortConnection()

    def _cancel_late(self) -> None:
        too_old = time.monotonic() - self.application_close_timeout
        for protocol in tuple(takewhile(lambda each: self.leaving[each] < too_old, self.leaving)):
            del self.leaving[protocol]
            self.forget(protocol)

    def application_checker(self) -> None:
        """Nothing: Daphne's walk over all of them every second is done by ``_ended`` for each that ends."""

    def protocol_disconnected(self, protocol: Any) -> None:
        connection = self.connections.get(protocol)
        if connection is None or "disconnected" in connection:
            return
        connection["disconnected"] = time.time()
        if "application_instance" in connection:
            self.leaving[protocol] = time.monotonic()
        else:
            del self.connections[protocol]

    def _ended(self, protocol: Any, application: "asyncio.Future[None]") -> None:
        connection = self.connections[protocol]
        del connection["application_instance"]
        self.leaving.pop(protocol, None)
        error = None if application.cancelled() else application.exception()
        if error is not None:
            log.error("the application of a connection failed", exc_info=error)
        if "disconnected" in connection:
            del self.connections[protocol]
        elif error is not None:
            protocol.handle_exception(error)

    def forget(self, protocol: Any) -> None:
        """Nobody waits for this application any more: what it has not begun in the database is not done."""
        application = self.connections.get(protocol, {}).get("application_instance")
        if application is not None:
            application.cancel()

    def _listen_with_tls(self, host: str, port: int, contexts: Contexts) -> None:
        factory = StationTlsFactory(contexts, self.http_factory, reactor, self.handshake_failed)
        try:
            listener = reactor.listenTCP(port, factory, backlog=BACKLOG, interface=host)
        except CannotListenError as error:
            log.critical("gateway cannot listen with TLS", extra={"error": str(error)})
            self.has_failed = True
            self.stop()
            return
        self.ports = (*self.ports, listener)
        name = "legacy_tls_port" if contexts.is_legacy else "tls_port"
        self.tls_ports[name] = listener.getHost().port
        if contexts.is_legacy:
            log.warning(
                "unsafe port open for TLS 1.0 and 1.1, only for old chargers", extra={"port": self.tls_ports[name]}
            )

    def handshake_failed(self, address: str, problem: str) -> None:
        process = running_gateway()
        if process is not None:
            process.note_failed_tls(address, problem)

    async def _announce(self) -> None:
        try:
            await gateway()
        except DatabaseError as error:
            log.critical("gateway cannot start: is the database migrated?", extra={"error": str(error)})
            self.has_failed = True
            self.stop()
            return
        while not self.listening_addresses:
            await asyncio.sleep(0.01)
        host, port = self.listening_addresses[0]
        log.info("gateway ready", extra={"host": host, "port": port, **self.tls_ports})

    def listen_success(self, port: Any) -> None:
        self.ports = (*self.ports, port)
        super().listen_success(port)

    def listen_error(self, failure: Any) -> None:
        log.critical("gateway cannot listen", extra={"error": failure.getErrorMessage()})
        self.has_failed = True
        self.stop()

    def _begin_to_stop(self) -> None:
        self.stopping = asyncio.get_event_loop().create_task(self._stop_in_order())

    async def _stop_in_order(self) -> None:
        """Stops whatever happens to what is left: a database that is away must not keep the process."""
        for port in self.ports:
            # Who comes now is refused by the machine itself: a balancer takes another gateway at once.
            port.stopListening()
        try:
            process = running_gateway()
            if process is not None:
                await asyncio.wait_for(process.drain(), settings.OCPP_STOP_LIMIT_S)
        except (TimeoutError, DatabaseError) as error:
            log.warning("stopped before all was in order", extra={"error": repr(error)})
        finally:
            self.stop()

    def kill_all_applications(self) -> None:
        """Nobody is waited for any more: what is left waits for the database, or for a station that does not close."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """As Daphne's, with an inbox that holds the socket back and with refusals by HTTP status."""
        inbox = self._begin(protocol, scope)
        if (application := self.connections[protocol].get("application_instance")) is not None:
            application.add_done_callback(partial(self._ended, protocol))
        return inbox

    def _begin(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if not isinstance(protocol, StationProtocol):
            return super().create_application(protocol, scope)
        scope["extensions"] = {"websocket.http.response": {}}
        if isinstance(protocol.transport, StationTls):
            scope["scheme"] = "wss"
            scope["extensions"]["tls"] = _tls_of(protocol.transport)
        scope.setdefault("asgi", {"version": "3.0"})
        inbox = Inbox(partial(protocol.release, "inbox"))
        instance = self.application(scope=scope, receive=inbox.get, send=partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(instance)
        return inbox


def serve(
    host: str, port: int, application: Any, *, tls_port: int | None = None, legacy_tls_port: int | None = None
) -> None:
    """Serve chargers until SIGTERM or SIGINT. Port 0 takes a free one; the log says which.

    Raises UnsuitableFiles if there is a port for TLS without certificates to it.
    """
    interface = host.replace(":", r"\:")
    server = GatewayServer(
        application=application,
        endpoints=[f"tcp:port={port}:interface={interface}:backlog={BACKLOG}"],
        signal_handlers=False,
        websocket_timeout=-1,
        websocket_handshake_timeout=HANDSHAKE_LIMIT_S + COME_AGAIN_S,
        websocket_max_message_size=settings.OCPP_MAX_FRAME_BYTES,
        websocket_max_frame_size=settings.OCPP_MAX_FRAME_BYTES,
        ping_interval=settings.OCPP_PING_INTERVAL_S,
        server_name="csms",
    )
    doors = ((tls_port, False), (legacy_tls_port, True))
    server.tls_addresses = tuple(
        (host, number, _contexts(is_legacy=is_legacy)) for number, is_legacy in doors if number is not None
    )
    server.run()
    logging.shutdown()
    # Threads that wait for a database that is away would keep the process. What was answered is committed.
    os._exit(1 if server.has_failed else 0)


def _contexts(*, is_legacy: bool) -> Contexts:
    if not settings.OCPP_TLS_CERTIFICATES:
        raise UnsuitableFiles("A port for TLS needs OCPP_TLS_CERTIFICATES and OCPP_TLS_KEYS.")
    return Contexts(key_pairs(settings.OCPP_TLS_CERTIFICATES, settings.OCPP_TLS_KEYS), is_legacy)
