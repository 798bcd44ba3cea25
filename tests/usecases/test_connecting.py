"""The way in: identity, password, version, compression. OCPP-J 1.6 §3, OCPP 2.0.1 part 4 §3, block A."""

import base64

import pytest
from websockets.asyncio.client import connect

from simulator import Charger, HandshakeRefused
from stations.models import ChargingStation, RejectedConnection
from stations.states import OcppVersion, RefusalCause
from tests.conftest import SECRET, MakeCharger, every_version
from tests.harness import GatewayUnderTest


async def refusal_of(charger: Charger) -> tuple[int, str]:
    """The HTTP status, and the cause that staff see."""
    with pytest.raises(HandshakeRefused) as refused:
        await charger.connect()
    row = await RejectedConnection.objects.order_by("-pk").afirst()
    assert row is not None
    return refused.value.status_code, row.cause


@every_version
async def test_A_the_right_password_opens(station: Charger, version: str) -> None:
    """TC_A_01_CSMS, TC_085_CSMS. The version is that of the subprotocol. Rule 3."""
    assert station.subprotocol == f"ocpp{version}"
    assert (await ChargingStation.objects.aget()).ocpp_version == OcppVersion(version)


@every_version
async def test_A_a_wrong_password_does_not(make_charger: MakeCharger, version: str) -> None:
    """TC_A_03_CSMS, TC_085_CSMS: refused before the upgrade, and the right one is taken afterwards. Defect 8."""
    charger = await make_charger(version, password="wrong")
    assert await refusal_of(charger) == (401, RefusalCause.WRONG_PASSWORD)
    charger.password = None
    assert await refusal_of(charger) == (401, RefusalCause.NO_CREDENTIALS)
    charger.password = SECRET
    await charger.connect()
    assert (await charger.boot())["status"] == "Accepted"


@every_version
async def test_A_the_user_name_is_the_identity(make_charger: MakeCharger, version: str) -> None:
    """TC_A_02_CSMS. Rule 2."""
    charger = await make_charger(version, username="somebody")
    assert await refusal_of(charger) == (401, RefusalCause.USERNAME_DIFFERS)
    charger.username = None
    await charger.connect()


@every_version
async def test_nobody_we_know(make_charger: MakeCharger, version: str) -> None:
    """Rule 1: 404, no upgrade; staff see who knocked. Defect 17."""
    charger = await make_charger(version, "stranger", is_known=False)
    assert await refusal_of(charger) == (404, RefusalCause.UNKNOWN_IDENTITY)
    assert (await RejectedConnection.objects.aget()).identity == "stranger"


@pytest.mark.parametrize("identity", ["with space", "pipe|and%percent", "dot.dash-under_score", "Ünïcode"])
async def test_an_identity_is_decoded(make_charger: MakeCharger, identity: str) -> None:
    """Quirks 6 and 7. Rule 1."""
    charger = await make_charger("1.6", identity)
    await charger.connect()
    assert (await charger.boot())["status"] == "Accepted"
    assert (await ChargingStation.objects.aget()).identity == identity


async def test_no_common_version(make_charger: MakeCharger) -> None:
    """TC_088_CSMS, TC_B_58_CSMS: upgraded without the header, closed at once. Rule 3. Rule 4."""
    charger = await make_charger("1.6", subprotocols=["ocpp0.1"])
    await charger.connect()
    assert charger.subprotocol is None
    await charger.wait_closed()
    assert (await RejectedConnection.objects.aget()).cause == RefusalCause.NO_COMMON_VERSION
    charger.subprotocols = ["ocpp0.1", "ocpp1.6"]
    await charger.connect()
    assert charger.subprotocol == "ocpp1.6"


@every_version
async def test_compression_is_for_2_x(gateway: GatewayUnderTest, make_charger: MakeCharger, version: str) -> None:
    """Quirk 13. RFC 7692. Rule 5."""
    charger = await make_charger(version)
    basic = base64.b64encode(f"{charger.identity}:{SECRET}".encode()).decode()
    async with connect(
        f"{gateway.url}/{charger.identity}",
        subprotocols=[f"ocpp{version}"],  # type: ignore[list-item]
        additional_headers={"Authorization": f"Basic {basic}"},
        compression="deflate",
        proxy=None,
    ) as socket:
        assert bool(socket.protocol.extensions) == (version != "1.6")
        await socket.send('[2,"1","MakeCoffee",{}]')
        assert '"NotImplemented"' in str(await socket.recv())
