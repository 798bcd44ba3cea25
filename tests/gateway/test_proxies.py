"""What a proxy in front tells, and who else tries to: scheme, address and certificate."""

from base64 import b64encode
from typing import Any
from urllib.parse import quote

import pytest
from asgiref.sync import sync_to_async
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.proxies import CERTIFICATE, SECRET, origin_of
from simulator.certificates import Wallet
from stations.models import ChargingStation, RejectedConnection, SecurityEvent, Site, StationConnection
from stations.states import RefusalCause, SecurityProfile
from tests.certificates import issued_to
from tests.conftest import PROXY_SECRET, add_station
from tests.conftest import SECRET as PASSWORD
from tests.gateway.conftest import Door
from tests.gateway.knocking import basic

GOOD = basic("old_faithful", PASSWORD)


@pytest.fixture
async def known(harbour: Site) -> tuple[ChargingStation, Wallet]:
    station = await sync_to_async(add_station)(harbour, "old_faithful", security_profile=SecurityProfile.MUTUAL_TLS)
    wallet, _ = await sync_to_async(issued_to)(station)
    return station, wallet


def through_proxy(certificate: str = "", *, secret: str = PROXY_SECRET, proto: str = "https") -> tuple[str, ...]:
    """As nginx sets them (docker/nginx.conf): what is empty is not sent."""
    headers = {
        "X-CSMS-Proxy-Secret": secret,
        "X-Forwarded-Proto": proto,
        "X-Forwarded-For": "203.0.113.9",
        "X-CSMS-Client-Certificate": certificate,
    }
    return tuple(f"{name}: {value}" for name, value in headers.items() if value)


def escaped(wallet: Wallet) -> str:
    """nginx: $ssl_client_escaped_cert."""
    return quote(wallet.chain)


def encoded(wallet: Wallet) -> str:
    """HAProxy: ssl_c_der,base64."""
    der = x509.load_pem_x509_certificate(wallet.chain.encode()).public_bytes(Encoding.DER)
    return b64encode(der).decode()


@pytest.mark.parametrize("form", [escaped, encoded])
async def test_a_certificate_that_the_proxy_hands_over(
    form: Any, known: tuple[ChargingStation, Wallet], door: Door
) -> None:
    """TC_087_CSMS, TC_A_07_CSMS, behind a proxy."""
    assert (await door(headers=through_proxy(form(known[1])))).status == 101
    connection = await StationConnection.objects.aget()
    assert (connection.security_profile, connection.address) == (SecurityProfile.MUTUAL_TLS, "203.0.113.9")
    assert connection.certificate_id is not None


@pytest.mark.parametrize("secret", ["", "not-the-secret"])
async def test_a_forged_certificate_is_not_believed_and_noted(
    secret: str, known: tuple[ChargingStation, Wallet], door: Door
) -> None:
    """A certificate is public: who has one without its key, and reaches the gateway itself, gains nothing."""
    station, wallet = known
    headers = through_proxy(escaped(wallet), secret=secret)
    assert (await door(headers=headers)).status == 401
    refusal = await RejectedConnection.objects.aget()
    assert (refusal.cause, refusal.address) == (RefusalCause.NO_CREDENTIALS, "127.0.0.1")
    assert refusal.headers[CERTIFICATE].startswith("not believed")
    assert (await door(headers=headers, authorization=GOOD)).status == 403
    await ChargingStation.objects.filter(pk=station.pk).aupdate(security_profile=SecurityProfile.BASIC)
    for _ in range(2):
        assert (await door(headers=headers, authorization=GOOD)).status == 101
    assert {row.security_profile async for row in StationConnection.objects.all()} == {SecurityProfile.BASIC}
    event = await SecurityEvent.objects.aget()
    assert (event.type, event.is_alarm) == ("ProxyHeadersForged", True)
    assert event.info.startswith(CERTIFICATE)
    kept = str([row async for row in RejectedConnection.objects.values()])
    assert PROXY_SECRET not in kept
    assert "BEGIN" not in kept


async def test_a_certificate_without_tls_is_none(known: tuple[ChargingStation, Wallet], door: Door) -> None:
    assert (await door(headers=through_proxy(escaped(known[1]), proto="http"))).status == 401


BROKEN = quote("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")


@pytest.mark.parametrize("rubbish", ["rubbish", "%ff%fe", BROKEN, "x" * 9000])
async def test_what_is_no_certificate(rubbish: str, known: tuple[ChargingStation, Wallet], door: Door) -> None:
    assert (await door(headers=through_proxy(rubbish))).status == 403
    assert (await RejectedConnection.objects.aget()).cause == RefusalCause.CERTIFICATE_UNTRUSTED


@pytest.mark.parametrize(("proto", "profile"), [("https", 2), ("wss", 2), ("http", 1), ("ws", 1), ("", 1)])
async def test_the_proxy_tells_profile_1_from_2(proto: str, profile: int, harbour: Site, door: Door) -> None:
    await sync_to_async(add_station)(harbour, "old_faithful")
    assert (await door(headers=through_proxy(proto=proto), authorization=GOOD)).status == 101
    assert (await StationConnection.objects.aget()).security_profile == profile


TOLD = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9", CERTIFICATE: "cert"}
OUR_PROXY = ("10.1.2.3", 5000)


@pytest.mark.parametrize(
    ("peer", "configured", "secret", "sent", "is_believed", "has_certificate"),
    [
        (OUR_PROXY, ["10.1.0.0/16"], "s", "s", True, True),
        (("::ffff:10.1.2.3", 5000), ["10.1.0.0/16"], "s", "s", True, True),
        (("fd00::7", 5000), ["fd00::/8"], "s", "s", True, True),
        (OUR_PROXY, ["10.1.0.0/16"], "s", "", False, False),
        (OUR_PROXY, ["10.2.0.0/16"], "s", "s", False, False),
        (OUR_PROXY, [], "s", "s", False, False),
        (OUR_PROXY, [], "", "", False, False),
        (OUR_PROXY, ["10.1.0.0/16"], "", "", True, False),
        (None, ["10.1.0.0/16"], "s", "s", False, False),
    ],
)
def test_both_address_and_secret_must_be_right(
    peer: Any, configured: list[str], secret: str, sent: str, is_believed: bool, has_certificate: bool, settings: Any
) -> None:
    """Without a secret a proxy's word counts for scheme and address, never for a certificate."""
    settings.OCPP_TRUSTED_PROXIES, settings.OCPP_PROXY_SECRET = configured, secret
    origin = origin_of({"client": peer}, TOLD | ({SECRET: sent} if sent else {}))
    assert (origin.is_secure, origin.address == "203.0.113.9") == (is_believed, is_believed)
    assert bool(origin.certificates) == has_certificate
    assert bool(origin.forged) != is_believed
