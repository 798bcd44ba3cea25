"""The port for chargers that know only TLS 1.0 or 1.1: they come in, and count as those without TLS (quirk 14)."""

import ssl

import pytest
from asgiref.sync import sync_to_async
from OpenSSL import SSL

from gateway.proxies import origin_of
from simulator import ConnectionLost, HandshakeRefused
from stations.models import ChargingStation, RejectedConnection, StationConnection
from stations.services import save_station
from stations.states import RefusalCause, SecurityProfile
from tests.conftest import MakeCharger
from tests.gateway.knocking import old_tls
from tests.gateway.test_tls import client, connected, failure_is
from tests.harness import GatewayUnderTest

TLS_1_0, TLS_1_1 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
SUITES_OF_THEIR_TIME = ("ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "AES128-SHA", "AES256-SHA")


def legacy_url(gateway: GatewayUnderTest) -> str:
    return f"wss://127.0.0.1:{gateway.legacy_tls_port}/ocpp"


@pytest.mark.parametrize(("version", "tls"), [("1.6", TLS_1_0), ("1.6", TLS_1_1), ("2.0.1", TLS_1_1), ("2.1", TLS_1_0)])
async def test_q014_old_tls_comes_in_as_profile_1(
    version: str, tls: ssl.TLSVersion, make_charger: MakeCharger, quiet_gateway: GatewayUnderTest
) -> None:
    """A station that must use profile 2 or 3 is not let in so, and staff read why."""
    charger = await make_charger(version, url=legacy_url(quiet_gateway), tls=old_tls(quiet_gateway.ca_file, tls))
    await charger.connect()
    assert (await charger.boot())["status"] == "Accepted"
    assert (await StationConnection.objects.aget()).security_profile == SecurityProfile.BASIC
    await charger.go_offline()
    station = await ChargingStation.objects.aget()
    assert station.security_profile == SecurityProfile.BASIC
    station.security_profile = SecurityProfile.TLS
    await sync_to_async(save_station)(station, changed=["security_profile"])
    with pytest.raises(HandshakeRefused):
        await charger.connect()
    row = await RejectedConnection.objects.aget()
    assert (row.cause, row.detail) == (
        RefusalCause.PROFILE_TOO_LOW,
        "It came with profile 1 and must use 2 at least. Its TLS is older than 1.2 and counts as none.",
    )


async def test_q014_suites_of_their_time_and_of_ours(
    make_charger: MakeCharger, quiet_gateway: GatewayUnderTest
) -> None:
    for tls in (TLS_1_0, TLS_1_1):
        for suite in SUITES_OF_THEIR_TIME:
            context = old_tls(quiet_gateway.ca_file, tls, suite)
            async with connected(quiet_gateway.legacy_tls_port, context) as (_, writer):
                spoken = writer.get_extra_info("ssl_object")
                assert (spoken.version(), spoken.cipher()[0]) == (tls.name.replace("_", "."), suite)
    charger = await make_charger(url=legacy_url(quiet_gateway), tls=client(quiet_gateway))
    await charger.connect()
    await charger.boot()
    assert (await StationConnection.objects.aget()).security_profile == SecurityProfile.TLS


async def test_q014_the_port_for_tls_stays_closed_to_them(
    make_charger: MakeCharger, quiet_gateway: GatewayUnderTest
) -> None:
    charger = await make_charger(url=quiet_gateway.tls_url, tls=old_tls(quiet_gateway.ca_file))
    with pytest.raises(ConnectionLost):
        await charger.connect()
    await failure_is("It knows no TLS 1.2.")
    assert "unsafe port open for TLS 1.0 and 1.1" in quiet_gateway.output()


@pytest.mark.parametrize(
    ("version", "counts"),
    [(SSL.TLS1_VERSION, False), (SSL.TLS1_1_VERSION, False), (SSL.TLS1_2_VERSION, True), (None, True)],
)
def test_q014_a_certificate_by_old_tls_proves_nothing(version: int | None, counts: bool) -> None:
    """None: another server than ours, which does not tell."""
    tls = {"tls_version": version, "client_cert_chain": ["one"]}
    origin = origin_of({"scheme": "wss", "client": ("192.0.2.7", 5000), "extensions": {"tls": tls}}, {})
    assert (origin.is_secure, origin.certificates) == (counts, ("one",) if counts else ())
    assert origin.is_by_old_tls is not counts
