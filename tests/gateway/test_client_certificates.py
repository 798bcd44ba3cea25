"""Security profile 3: who comes in with a certificate, and who does not (A00.FR.4xx). Rule 31."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import Organization, User
from simulator import Charger
from simulator.certificates import Wallet
from simulator.errors import ConnectionLost, HandshakeRefused
from simulator.network import client_context
from stations import authority, services
from stations.models import ChargingStation, RejectedConnection, Site, StationCertificate, StationConnection
from stations.states import RefusalCause, SecurityProfile, SigningStatus
from tests.cast import create_organization
from tests.certificates import issued_to, own_pair, self_signed, signed_by
from tests.conftest import SECRET, MakeCharger, add_station, every_version
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest

Visit = Callable[..., Any]


@pytest.fixture
async def known(harbour: Site) -> ChargingStation:
    """Must use profile 3."""
    return await sync_to_async(add_station)(harbour, "old_faithful", security_profile=SecurityProfile.MUTUAL_TLS)


@pytest.fixture
async def visit(make_charger: MakeCharger, quiet_gateway: GatewayUnderTest) -> Visit:
    """Knocks over TLS with a certificate, and with no password unless one is given."""

    async def come(wallet: Wallet | None, version: str = "1.6", **options: Any) -> Charger:
        options = {"password": None, "url": quiet_gateway.tls_url, "ca_file": quiet_gateway.ca_file} | options
        charger = await make_charger(
            version, "old_faithful", is_known=False, wallet=wallet or Wallet(), serial_number="SN-1", **options
        )
        await charger.connect()
        return charger

    return come


async def refused(visit: Visit, wallet: Wallet | None, cause: RefusalCause, **options: Any) -> RejectedConnection:
    with pytest.raises(HandshakeRefused) as refusal:
        await visit(wallet, **options)
    assert refusal.value.status_code == 403
    row = await RejectedConnection.objects.select_related("station").aget(cause=cause)
    assert row.station is not None
    assert row.identity == row.station.identity == "old_faithful"
    assert row.advice
    return row


@every_version
async def test_a_certificate_takes_the_place_of_a_password(version: str, known: ChargingStation, visit: Visit) -> None:
    """TC_087_CSMS, TC_A_07_CSMS. The connection names the certificate."""
    wallet, row = await sync_to_async(issued_to)(known)
    charger = await visit(wallet, version)
    assert (await charger.boot())["status"] == "Accepted"
    connection = await StationConnection.objects.aget()
    assert (connection.security_profile, connection.certificate_id) == (SecurityProfile.MUTUAL_TLS, row.pk)


def expired(station: ChargingStation) -> Wallet:
    at = timezone.now() - authority.STATION_VALID - timedelta(days=1)
    return signed_by(own_pair(station), owner=station.organization.name, name=station.identity, at=at)


def not_valid_yet(station: ChargingStation) -> Wallet:
    at = timezone.now() + timedelta(days=1)
    return signed_by(own_pair(station), owner=station.organization.name, name=station.identity, at=at)


def of_another_authority(station: ChargingStation) -> Wallet:
    """Charlie's authority writes whatever name it likes."""
    own_pair(station)
    pair = authority.new_authority(organization=station.organization.name, now=timezone.now())
    return signed_by(pair, owner=station.organization.name, name=station.identity)


def of_the_neighbours_authority(station: ChargingStation) -> Wallet:
    """Known here, but to another organization."""
    neighbour = add_station(_site_of_charlie(), "charlies_charger")
    return signed_by(own_pair(neighbour), owner=station.organization.name, name=station.identity)


def _site_of_charlie() -> Site:
    return Site.objects.create(organization=create_organization("Charlie's Chargers"), name="Yard")


def self_made(station: ChargingStation) -> Wallet:
    own_pair(station)
    return self_signed(owner=station.organization.name, name=station.identity)


def _another(station: ChargingStation) -> ChargingStation:
    assert station.site is not None
    return add_station(station.site, "another")


def by_another_station(station: ChargingStation) -> Wallet:
    """A station's own key signs nothing, whatever chain is shown with it."""
    wallet, row = issued_to(_another(station))
    forged = signed_by(
        authority.Pair(row.certificate, wallet.key_pem()), owner=station.organization.name, name=station.identity
    )
    forged.chain += row.certificate
    return forged


def of_another_name(station: ChargingStation) -> Wallet:
    return signed_by(own_pair(station), owner=station.organization.name, name="SN-of-another")


def of_another_owner(station: ChargingStation) -> Wallet:
    return signed_by(own_pair(station), owner="Charlie's Chargers", name=station.identity)


def of_another_station(station: ChargingStation) -> Wallet:
    """A good one, of the same organization, but of somebody else."""
    return issued_to(_another(station))[0]


def in_no_table(station: ChargingStation) -> Wallet:
    return signed_by(own_pair(station), owner=station.organization.name, name=station.identity)


BAD: dict[str, tuple[Callable[[ChargingStation], Wallet], RefusalCause]] = {
    "expired": (expired, RefusalCause.CERTIFICATE_EXPIRED),
    "not valid yet": (not_valid_yet, RefusalCause.CERTIFICATE_EXPIRED),
    "another authority": (of_another_authority, RefusalCause.CERTIFICATE_UNTRUSTED),
    "the neighbour's authority": (of_the_neighbours_authority, RefusalCause.CERTIFICATE_UNTRUSTED),
    "self-signed": (self_made, RefusalCause.CERTIFICATE_UNTRUSTED),
    "signed by a station": (by_another_station, RefusalCause.CERTIFICATE_UNTRUSTED),
    "another name": (of_another_name, RefusalCause.CERTIFICATE_OF_ANOTHER),
    "another owner": (of_another_owner, RefusalCause.CERTIFICATE_OF_ANOTHER),
    "another station": (of_another_station, RefusalCause.CERTIFICATE_OF_ANOTHER),
    "in no table": (in_no_table, RefusalCause.CERTIFICATE_REVOKED),
}


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_certificate_is_refused_and_a_good_one_boots(
    what: str, known: ChargingStation, visit: Visit
) -> None:
    """TC_A_08_CSMS. A00.FR.403, FR.404, FR.405, FR.407."""
    make, cause = BAD[what]
    row = await refused(visit, await sync_to_async(make)(known), cause)
    assert "signed by" in row.detail
    wallet, _ = await sync_to_async(issued_to)(known)
    assert (await (await visit(wallet)).boot())["status"] == "Accepted"


async def test_without_a_certificate_a_password_does_not_help(known: ChargingStation, visit: Visit) -> None:
    await refused(visit, None, RefusalCause.NO_CERTIFICATE, password=SECRET)


async def test_without_tls_profile_3_is_too_low(
    known: ChargingStation, visit: Visit, quiet_gateway: GatewayUnderTest
) -> None:
    row = await refused(visit, None, RefusalCause.PROFILE_TOO_LOW, password=SECRET, url=quiet_gateway.url)
    assert row.detail == "It came with profile 1 and must use 3 at least."


async def test_the_serial_number_may_be_the_name(known: ChargingStation, visit: Visit) -> None:
    """A00.FR.405. The one it told at its last boot."""
    await ChargingStation.objects.filter(pk=known.pk).aupdate(serial_number="SN-1")
    wallet, _ = await sync_to_async(issued_to)(known, "sn-1")
    charger = await visit(wallet)
    assert (await charger.boot())["status"] == "Accepted"


@every_version
async def test_another_serial_number_than_the_certificates_ends_the_socket(
    version: str, known: ChargingStation, visit: Visit
) -> None:
    """B01.FR.11, B01.FR.12. Rule 31."""
    await ChargingStation.objects.filter(pk=known.pk).aupdate(serial_number="SN-2")
    wallet, _ = await sync_to_async(issued_to)(known, "SN-2")
    charger = await visit(wallet, version)
    with pytest.raises(ConnectionLost, match="1008"):
        await charger.boot()
    await charger.wait_closed()
    assert (await ChargingStation.objects.aget()).serial_number == "SN-2"


async def test_a_newer_certificate_ends_the_older_when_it_is_used(known: ChargingStation, visit: Visit) -> None:
    older, row = await sync_to_async(issued_to)(known)
    newer, _ = await sync_to_async(issued_to)(known)
    await (await visit(older)).close()
    await (await visit(newer)).close()
    await row.arefresh_from_db()
    assert row.status == SigningStatus.REPLACED
    await refused(visit, older, RefusalCause.CERTIFICATE_REVOKED)


async def test_a_revoked_certificate_ends_its_connection(known: ChargingStation, visit: Visit, olga: User) -> None:
    wallet, row = await sync_to_async(issued_to)(known)
    charger = await visit(wallet)
    assert await sync_to_async(services.revoke_certificate)(certificate=row, by=olga)
    assert not await sync_to_async(services.revoke_certificate)(certificate=row, by=olga)
    await charger.wait_closed()
    await refused(visit, wallet, RefusalCause.CERTIFICATE_REVOKED)


async def test_a_station_that_shows_any_certificate_may_still_use_its_password(
    known: ChargingStation, visit: Visit, quiet_gateway: GatewayUnderTest, tmp_path: Path
) -> None:
    """Some show the one of their factory to every server. With profile 2 the password counts."""
    await ChargingStation.objects.filter(pk=known.pk).aupdate(security_profile=SecurityProfile.TLS)
    wallet = await sync_to_async(self_made)(known)
    row = await refused(visit, wallet, RefusalCause.CERTIFICATE_UNTRUSTED)
    assert row.detail.startswith("CN=old_faithful,O=Harbour Energy, signed by CN=old_faithful")
    tls = client_context(quiet_gateway.ca_file)
    tls.load_cert_chain(*_files(tmp_path, wallet))
    charger = await visit(None, password=SECRET, tls=tls)
    assert (await StationConnection.objects.aget()).security_profile == SecurityProfile.TLS
    await charger.close()


def _files(directory: Path, wallet: Wallet) -> tuple[Path, Path]:
    chain, key = directory / "station.crt", directory / "station.key"
    chain.write_text(wallet.chain)
    key.write_text(wallet.key_pem())
    return chain, key


async def test_an_authority_that_is_new_counts_at_once(
    known: ChargingStation, visit: Visit, harbour_energy: Organization
) -> None:
    """Nothing is restarted: the authority is made after the gateway was."""
    assert not await StationCertificate.objects.aexists()
    await refused(visit, None, RefusalCause.NO_CERTIFICATE)
    wallet, _ = await sync_to_async(issued_to)(known)
    await visit(wallet)

    async def is_online() -> bool | None:
        return await ChargingStation.objects.online().aexists() or None

    assert await eventually(is_online)
