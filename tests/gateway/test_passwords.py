"""Basic authentication: security profile 1 (security whitepaper A00; OCPP-J 2.0.1 §3; standards §7.2 rule 32)."""

import base64
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import Organization
from stations.models import ChargingStation, RejectedConnection, Site, StationConnection
from stations.secrets import hash_secret
from stations.states import RefusalCause, SecurityProfile
from tests.conftest import SECRET, add_station
from tests.gateway.conftest import Door
from tests.gateway.knocking import basic

HEX_KEY = "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF"
VECTOR = "Basic QUwxMDAwOgABAgMEBQYH////////////////"


async def _station(site: Site, secret: str = SECRET, **fields: Any) -> ChargingStation:
    station = await sync_to_async(add_station)(site, "AL1000", **fields)
    await ChargingStation.objects.filter(pk=station.pk).aupdate(secret_hash=hash_secret(secret) if secret else "")
    return station


async def test_a_hex_key_comes_as_bytes_or_as_text(harbour: Site, door: Door) -> None:
    """The vector is the security whitepaper's own."""
    await _station(harbour, HEX_KEY)
    for authorization in (
        VECTOR,
        basic("AL1000", HEX_KEY),
        basic("AL1000", HEX_KEY.lower()),
        "basic " + VECTOR.split()[1],
        "BASIC  " + VECTOR.split()[1],
    ):
        assert (await door("/ocpp/AL1000", authorization=authorization)).status == 101, authorization
    assert {row.security_profile async for row in StationConnection.objects.all()} == {SecurityProfile.BASIC}


@pytest.mark.parametrize("length", [32, 38])
async def test_hex_keys_of_other_lengths(length: int, harbour: Site, door: Door) -> None:
    """16 to 20 bytes; a byte may be a colon."""
    key = ("3A00" * 10)[:length]
    await _station(harbour, key)
    raw = bytes.fromhex(key)
    assert b":" in raw
    assert (await door("/ocpp/AL1000", authorization=basic("AL1000", raw))).status == 101
    assert (await door("/ocpp/AL1000", authorization=basic("AL1000", raw[:-1]))).status == 401


@pytest.mark.parametrize("secret", [SECRET, "with:colons:in:the:middle", "Schlüssel-für-Läden-€", "x" * 40])
async def test_a_plain_password(secret: str, harbour: Site, door: Door) -> None:
    await _station(harbour, secret)
    assert (await door("/ocpp/AL1000", authorization=basic("AL1000", secret))).status == 101
    assert (await door("/ocpp/AL1000", authorization=basic("AL1000", secret.swapcase()))).status == 401
    assert (await door("/ocpp/AL1000", authorization=basic("AL1000", secret + "x"))).status == 401


NO_PASSWORDS: list[tuple[str | None, RefusalCause]] = [
    (None, RefusalCause.NO_CREDENTIALS),
    ("", RefusalCause.NO_CREDENTIALS),
    ("Basic", RefusalCause.NO_CREDENTIALS),
    ("Basic ", RefusalCause.NO_CREDENTIALS),
    ("Basic !!!!", RefusalCause.NO_CREDENTIALS),
    ("Basic " + base64.b64encode(b"no colon in it").decode(), RefusalCause.NO_CREDENTIALS),
    (f"Basic AL1000:{SECRET}", RefusalCause.NO_CREDENTIALS),
    (f"Bearer {SECRET}", RefusalCause.NO_CREDENTIALS),
    ("Bearer " + VECTOR.split()[1], RefusalCause.NO_CREDENTIALS),
    ("Digest username=AL1000", RefusalCause.NO_CREDENTIALS),
    (basic("AL1000", ""), RefusalCause.WRONG_PASSWORD),
    (basic("AL1000", b"\x00" * 20), RefusalCause.WRONG_PASSWORD),
    (basic("AL1000", b"\xff\xfe" * 4000), RefusalCause.WRONG_PASSWORD),
    (basic("AL1000\x00", SECRET), RefusalCause.USERNAME_DIFFERS),
    (basic(b"\xff\xfe", SECRET), RefusalCause.USERNAME_DIFFERS),
]


async def test_what_is_no_password_of_the_station(harbour: Site, door: Door) -> None:
    await _station(harbour)
    for authorization, cause in NO_PASSWORDS:
        assert (await door("/ocpp/AL1000", authorization=authorization)).status == 401, authorization
        newest = await RejectedConnection.objects.order_by("-last_at").afirst()
        assert newest is not None
        assert newest.cause == cause, authorization


@pytest.mark.parametrize("organization_allows", [True, False])
@pytest.mark.parametrize("profile", [SecurityProfile.NONE, SecurityProfile.BASIC])
async def test_profile_0_only_where_organization_and_station_allow_it(
    organization_allows: bool, profile: SecurityProfile, harbour: Site, door: Door
) -> None:
    await Organization.objects.filter(pk=harbour.organization_id).aupdate(accepts_insecure_stations=organization_allows)
    await _station(harbour, "", security_profile=profile)
    is_allowed = organization_allows and profile == SecurityProfile.NONE
    assert (await door("/ocpp/AL1000")).status == (101 if is_allowed else 401)
    if is_allowed:
        assert (await StationConnection.objects.aget()).security_profile == SecurityProfile.NONE
    else:
        assert (await RejectedConnection.objects.aget()).cause == RefusalCause.NO_CREDENTIALS


async def test_profile_0_with_a_wrong_password_is_still_wrong(harbour: Site, door: Door) -> None:
    await Organization.objects.filter(pk=harbour.organization_id).aupdate(accepts_insecure_stations=True)
    await _station(harbour, security_profile=SecurityProfile.NONE)
    assert (await door("/ocpp/AL1000", authorization=basic("AL1000", "x" * 20))).status == 401
    assert (await door("/ocpp/AL1000")).status == 101
    assert (await door("/ocpp/AL1000", authorization=basic("AL1000", SECRET))).status == 101
    # Who came in with a password once must from then on.
    assert (await door("/ocpp/AL1000")).status == 401


async def test_profile_2_is_refused_without_tls_whatever_a_header_claims(harbour: Site, door: Door) -> None:
    """Only from a proxy of ours (OCPP_TRUSTED_PROXIES, OCPP_PROXY_SECRET) does the header count."""
    await _station(harbour, security_profile=SecurityProfile.TLS)
    answer = await door(
        "/ocpp/AL1000",
        authorization=basic("AL1000", SECRET),
        headers=("X-Forwarded-Proto: wss", "X-Forwarded-For: 203.0.113.9"),
    )
    assert answer.status == 403
    row = await RejectedConnection.objects.aget()
    assert (row.cause, row.address) == (RefusalCause.PROFILE_TOO_LOW, "127.0.0.1")


async def test_the_old_password_is_refused_after_a_new_one_is_set(harbour: Site, door: Door) -> None:
    """A01.FR.03."""
    station = await _station(harbour)
    new = "another-horse-another-battery"
    assert (await door("/ocpp/AL1000", authorization=basic("AL1000", SECRET))).status == 101
    await ChargingStation.objects.filter(pk=station.pk).aupdate(secret_hash=hash_secret(new))
    assert (await door("/ocpp/AL1000", authorization=basic("AL1000", SECRET))).status == 401
    assert (await door("/ocpp/AL1000", authorization=basic("AL1000", new))).status == 101
