"""TLS that ends in the gateway: versions, suites, and those who speak something else (A00.FR.3xx). Rule 36."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from OpenSSL import SSL

from stations.models import ChargingStation, RejectedConnection, Site, StationConnection
from stations.services import save_station
from stations.states import RefusalCause, SecurityProfile
from tests.conftest import MakeCharger, every_version
from tests.gateway.knocking import KEY
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest

SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
)
# A ClientHello of TLS 1.1 with one suite of its time, and the alert that answers it (RFC 5246 §7.2: protocol_version).
HELLO_OF_TLS_11 = bytes.fromhex("160301002d010000290302") + bytes(32) + bytes.fromhex("000002002f0100")
PROTOCOL_VERSION = 70


def client(gateway: GatewayUnderTest, suite: str = "") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=gateway.ca_file)
    if suite:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(suite)
    return context


@contextlib.asynccontextmanager
async def connected(
    port: int, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def until_closed(reader: asyncio.StreamReader, limit_s: float = 20) -> bytes:
    async with asyncio.timeout(limit_s):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def failure_is(detail: str) -> None:
    async def is_so() -> RejectedConnection | None:
        return await RejectedConnection.objects.filter(cause=RefusalCause.TLS_FAILED, detail=detail).afirst()

    row = await eventually(is_so)
    assert (row.identity, row.address) == ("", "127.0.0.1")


@pytest.mark.parametrize("suite", SUITES)
async def test_the_four_suites_of_ocpp(suite: str, quiet_gateway: GatewayUnderTest) -> None:
    """TC_A_04_CSMS, TC_086_CSMS. A00.FR.318, FR.321, FR.502, FR.503, FR.507, FR.510."""
    async with connected(quiet_gateway.tls_port, client(quiet_gateway, suite)) as (_, writer):
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        cipher, encoded = tls.cipher(), tls.getpeercert(binary_form=True)
        assert (tls.version(), tls.compression()) == ("TLSv1.2", None)
    assert cipher is not None
    assert encoded is not None
    assert cipher[0] == suite
    certificate = x509.load_der_x509_certificate(encoded)
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey if "ECDSA" in suite else rsa.RSAPublicKey)
    assert key.key_size >= (224 if "ECDSA" in suite else 2048)
    assert certificate.subject.rfc4514_string() == "CN=localhost"
    assert certificate.serial_number > 0


async def test_tls_13_is_spoken_too(quiet_gateway: GatewayUnderTest) -> None:
    async with connected(quiet_gateway.tls_port, client(quiet_gateway)) as (_, writer):
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"


@every_version
async def test_older_tls_is_cut_off_and_newer_boots(
    version: str, make_charger: MakeCharger, quiet_gateway: GatewayUnderTest
) -> None:
    """TC_A_06_CSMS. A00.FR.314, FR.315. Staff see why."""
    async with connected(quiet_gateway.tls_port) as (reader, writer):
        writer.write(HELLO_OF_TLS_11)
        said = await until_closed(reader)
    assert (said[0], said[-1]) == (0x15, PROTOCOL_VERSION)
    await failure_is("It knows no TLS 1.2.")
    charger = await make_charger(version, url=quiet_gateway.tls_url, ca_file=quiet_gateway.ca_file)
    await charger.connect()
    assert (await charger.boot())["status"] == "Accepted"
    connection = await StationConnection.objects.aget()
    assert connection.security_profile == SecurityProfile.TLS


async def test_no_suite_in_common(quiet_gateway: GatewayUnderTest, harbour: Site) -> None:
    """A00.FR.320, FR.322: suites without authenticated encryption are not taken."""
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        async with connected(quiet_gateway.tls_port, client(quiet_gateway, "ECDHE-RSA-AES128-SHA")):
            pass
    await failure_is("It knows none of the cipher suites that OCPP prescribes.")


async def test_plain_words_at_the_port_for_tls(quiet_gateway: GatewayUnderTest, harbour: Site) -> None:
    async with connected(quiet_gateway.tls_port) as (reader, writer):
        writer.write(b"GET /ocpp/old_faithful HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\r\n")
        assert b"HTTP" not in await until_closed(reader)
    await failure_is("It speaks without TLS (ws) at the port for TLS (wss).")


async def test_tls_at_the_port_without(quiet_gateway: GatewayUnderTest, harbour: Site) -> None:
    """It is not kept waiting, and staff see why."""
    async with asyncio.timeout(20):
        with pytest.raises((ssl.SSLError, ConnectionResetError, asyncio.IncompleteReadError)):
            async with connected(quiet_gateway.port, client(quiet_gateway)):
                pass
    await failure_is("It speaks TLS (wss) at the port without TLS (ws).")
    assert quiet_gateway.process.poll() is None


async def test_a_handshake_that_never_ends_holds_nothing(
    make_charger: MakeCharger, quiet_gateway: GatewayUnderTest
) -> None:
    """Fifty begin and say no more: others come in at once, and the fifty are sent away."""
    async with contextlib.AsyncExitStack() as stack:
        readers = []
        for number in range(50):
            reader, writer = await stack.enter_async_context(connected(quiet_gateway.tls_port))
            writer.write(HELLO_OF_TLS_11[: number % 6])
            readers.append(reader)
        charger = await make_charger(url=quiet_gateway.tls_url, ca_file=quiet_gateway.ca_file)
        await charger.connect()
        assert (await charger.boot())["status"] == "Accepted"
        assert await asyncio.gather(*(until_closed(reader) for reader in readers)) == [b""] * 50


def test_nobody_renegotiates(quiet_gateway: GatewayUnderTest, harbour: Site) -> None:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    with socket.create_connection(("127.0.0.1", quiet_gateway.tls_port), timeout=20) as bare:
        bare.settimeout(None)
        connection = SSL.Connection(context, bare)
        connection.set_connect_state()
        connection.do_handshake()
        assert connection.renegotiate()
        with pytest.raises(SSL.Error):
            connection.do_handshake()


@every_version
async def test_a_session_over_tls(
    version: str, make_charger: MakeCharger, quiet_gateway: GatewayUnderTest, alice: Any
) -> None:
    """Large and small frames both ways; the socket closes although the station never says goodbye."""
    charger = await make_charger(version, url=quiet_gateway.tls_url, ca_file=quiet_gateway.ca_file)
    await charger.connect()
    await charger.boot()
    await charger.start_charging(alice.uid)
    for _ in range(20):
        await charger.heartbeat()
    await charger.advance(600)
    answer = await charger.call("DataTransfer", {"vendorId": "x" * 200, "data": "y" * 60_000}, 20)
    assert answer["status"] == "UnknownVendorId"
    await charger.stop_charging()
    station = await ChargingStation.objects.aget()
    station.is_enabled = False
    await sync_to_async(save_station)(station, changed=["is_enabled"])
    await charger.wait_closed()
    assert not await StationConnection.objects.filter(closed_at=None).aexists()


async def test_who_goes_without_a_goodbye_leaves_nothing(
    make_charger: MakeCharger, quiet_gateway: GatewayUnderTest
) -> None:
    charger = await make_charger(url=quiet_gateway.tls_url, ca_file=quiet_gateway.ca_file)
    await charger.connect()
    await charger.go_offline()
    await eventually(_nobody_is_connected)


async def _nobody_is_connected() -> bool | None:
    return not await StationConnection.objects.filter(closed_at=None).aexists() or None


async def test_a_refusal_over_tls_has_its_status(quiet_gateway: GatewayUnderTest, harbour: Site) -> None:
    async with connected(quiet_gateway.tls_port, client(quiet_gateway)) as (reader, writer):
        lines = ("Host: localhost", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
        head = "\r\n".join(("GET /ocpp/nobody HTTP/1.1", *lines, f"Sec-WebSocket-Key: {KEY}"))
        writer.write(f"{head}\r\n\r\n".encode())
        assert (await until_closed(reader)).startswith(b"HTTP/1.1 404 ")
