"""Handshakes that are refused: the HTTP status before the upgrade, and the row that staff see (OCPP-J 1.6 §3.2)."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import Organization
from stations.models import ChargingStation, Frame, RejectedConnection, Site
from stations.states import RefusalCause, SecurityProfile
from tests.conftest import SECRET, add_station
from tests.gateway.conftest import Door
from tests.gateway.knocking import basic
from tests.harness import GatewayUnderTest

GOOD = basic("old_faithful", SECRET)
WRONG = "not-the-right-battery-staple"


@pytest.fixture
async def station(harbour: Site) -> ChargingStation:
    return await sync_to_async(add_station)(harbour, "old_faithful")


CASES: dict[RefusalCause, tuple[int, dict[str, Any], dict[str, Any]]] = {
    # cause: (status, what is different about the station, how it knocks)
    RefusalCause.UNKNOWN_IDENTITY: (404, {"identity": "somebody_else"}, {"authorization": GOOD}),
    RefusalCause.STATION_DISABLED: (403, {"is_enabled": False}, {"authorization": GOOD}),
    RefusalCause.NO_CREDENTIALS: (401, {}, {}),
    RefusalCause.WRONG_PASSWORD: (401, {}, {"authorization": basic("old_faithful", WRONG)}),
    RefusalCause.NO_PASSWORD_SET: (401, {"secret_hash": ""}, {"authorization": GOOD}),
    RefusalCause.USERNAME_DIFFERS: (401, {}, {"authorization": basic("admin", SECRET)}),
    RefusalCause.PROFILE_TOO_LOW: (403, {"security_profile": SecurityProfile.TLS}, {"authorization": GOOD}),
    RefusalCause.NO_COMMON_VERSION: (101, {}, {"authorization": GOOD, "subprotocols": "ocpp9.9"}),
    RefusalCause.BAD_PATH: (404, {}, {"authorization": GOOD, "target": "/somewhere/else"}),
}


# By TLS only: tests/gateway/test_client_certificates.py, tests/gateway/test_tls.py.
BY_TLS = {
    RefusalCause.NO_CERTIFICATE,
    RefusalCause.CERTIFICATE_UNTRUSTED,
    RefusalCause.CERTIFICATE_EXPIRED,
    RefusalCause.CERTIFICATE_OF_ANOTHER,
    RefusalCause.CERTIFICATE_REVOKED,
    RefusalCause.TLS_FAILED,
}


@pytest.mark.parametrize("cause", [cause for cause in RefusalCause if cause not in BY_TLS])
async def test_each_refusal_has_its_status_and_its_row(
    cause: RefusalCause, station: ChargingStation, door: Door
) -> None:
    status, changes, options = CASES[cause]
    await ChargingStation.objects.filter(pk=station.pk).aupdate(**changes)
    answers = [await door(**options) for _ in range(3)]
    assert [answer.status for answer in answers] == [status] * 3
    assert all(
        (answer.headers.get("www-authenticate") == 'Basic realm="OCPP"') == (status == 401) for answer in answers
    )
    row = await RejectedConnection.objects.select_related("organization").aget()
    assert (row.cause, row.count, row.address) == (cause, 3, "127.0.0.1")
    assert row.identity == ("" if cause == RefusalCause.BAD_PATH else "old_faithful")
    assert row.organization is not None
    assert row.organization.name == "Harbour Energy"
    knows_station = cause not in {RefusalCause.UNKNOWN_IDENTITY, RefusalCause.BAD_PATH}
    assert row.station_id == (station.pk if knows_station else None)
    assert row.advice
    assert not await ChargingStation.objects.online().aexists()


async def test_no_common_version_is_upgraded_without_the_header_and_closed(
    station: ChargingStation, door: Door
) -> None:
    """OCPP-J 1.6 §3.2, OCPP-J 2.0.1 §3.3."""
    answer = await door(authorization=GOOD, subprotocols="ocpp1.5, ocpp2.0, mqtt")
    assert (answer.status, answer.subprotocol) == (101, None)
    assert await answer.close_code() == 1002
    row = await RejectedConnection.objects.aget()
    assert row.subprotocols == "ocpp1.5, ocpp2.0, mqtt"


async def test_a_refusal_of_nobody_we_know_goes_to_whoever_receives_unknown_stations(
    harbour_energy: Organization, door: Door
) -> None:
    await door("/ocpp/stranger", authorization=basic("stranger", SECRET))
    await Organization.objects.filter(pk=harbour_energy.pk).aupdate(receives_unknown_stations=False)
    await door("/ocpp/another", authorization=basic("another", SECRET))
    rows = {row.identity: row.organization_id async for row in RejectedConnection.objects.all()}
    assert rows == {"stranger": harbour_energy.pk, "another": None}


async def test_no_credential_is_kept_anywhere(
    station: ChargingStation, door: Door, quiet_gateway: GatewayUnderTest
) -> None:
    """A wrong password is often the right one of another station."""
    for authorization in (
        basic("old_faithful", WRONG),
        basic("admin", WRONG),
        f"Bearer {WRONG}",
        f"Basic {WRONG}",
    ):
        await door(authorization=authorization, headers=(f"Cookie: password={WRONG}", f"Proxy-Authorization: {WRONG}"))
    kept = str([row async for row in RejectedConnection.objects.values()])
    frames = str([row async for row in Frame.objects.values()])
    encoded = basic("old_faithful", WRONG).split()[1]
    for secret in (WRONG, encoded, encoded[10:30]):
        assert secret not in kept
        assert secret not in frames
        assert secret not in quiet_gateway.output()


async def test_a_refused_station_is_let_in_when_the_cause_is_mended(station: ChargingStation, door: Door) -> None:
    await ChargingStation.objects.filter(pk=station.pk).aupdate(is_enabled=False)
    assert (await door(authorization=GOOD)).status == 403
    await ChargingStation.objects.filter(pk=station.pk).aupdate(is_enabled=True)
    assert (await door(authorization=GOOD)).status == 101
