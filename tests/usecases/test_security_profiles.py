"""Up to a higher security profile, and never down again: 1.6 security whitepaper A05, OCPP 2.x A05, B09, B10."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import AuditEvent, Organization
from simulator import Charger
from simulator.errors import HandshakeRefused
from stations import services
from stations.commands import GetVariables, InstallCertificate, RequestCertificate, Reset, ResetKind, VariableName
from stations.errors import CannotRaiseProfile
from stations.models import ChargingStation, Command, RejectedConnection, StationConnection
from stations.states import CertificateKind, CommandStatus, RefusalCause, SecurityProfile, SigningStatus
from tests.certificates import issued_to
from tests.conftest import MakeCharger, every_version
from tests.gateway.conftest import quiet_gateway as quiet_gateway
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest
from tests.usecases.asking import always, at_rest, outcome_of
from tests.usecases.facts import finished
from tests.usecases.telling import Payload

every_version_2 = pytest.mark.parametrize("version", ["2.0.1", "2.1"])
PRIORITY = VariableName("NetworkConfigurationPriority", "OCPPCommCtrlr")


async def the_station() -> ChargingStation:
    return await ChargingStation.objects.select_related("organization").aget()


async def profile_of_connection() -> int | None:
    last = await StationConnection.objects.filter(closed_at=None).afirst()
    return last.security_profile if last else None


async def profile_is(wanted: int) -> None:
    async def is_so() -> bool | None:
        return await profile_of_connection() == wanted or None

    await eventually(is_so)


@pytest.fixture
async def careful(make_charger: MakeCharger, quiet_gateway: GatewayUnderTest, version: str) -> Charger:
    """At profile 1, with the root of the server's certificate, and knowing where TLS is."""
    charger = await make_charger(version, ca_file=quiet_gateway.ca_file, secure_url=quiet_gateway.tls_url)
    await charger.connect()
    await charger.boot()
    await at_rest(charger)
    return charger


async def raised(gateway: GatewayUnderTest, profile: SecurityProfile, **options: Any) -> Command:
    """As the form on the station page asks."""
    row = await the_station()
    url = {} if row.ocpp_version == "1.6" else {"url": gateway.tls_url}
    return await sync_to_async(services.raise_security_profile)(station=row, profile=profile, by=None, **url | options)


async def comes_in(make_charger: MakeCharger, charger: Charger, url: str, **options: Any) -> bool:
    other = await make_charger(
        charger.version, charger.identity, is_known=False, url=url, ca_file=charger.ca_file, **options
    )
    try:
        await other.connect()
    except HandshakeRefused:
        return False
    await other.close()
    return True


@every_version
async def test_A05_from_password_to_tls(
    careful: Charger, version: str, make_charger: MakeCharger, quiet_gateway: GatewayUnderTest
) -> None:
    """TC_083_CSMS, TC_A_19_CSMS. Rule 35. The profile counts when the station has come in with it, not before."""
    command = await finished(await raised(quiet_gateway, SecurityProfile.TLS))
    assert command.status == CommandStatus.ACCEPTED
    await profile_is(2)
    await careful.settle()
    assert (await the_station()).security_profile == SecurityProfile.TLS
    event = await AuditEvent.objects.aget(action="security profile raised")
    assert event.details == {"before": 1, "after": 2}
    assert not await comes_in(make_charger, careful, quiet_gateway.url)
    refusal = await RejectedConnection.objects.aget()
    assert refusal.cause == RefusalCause.PROFILE_TOO_LOW
    assert refusal.detail == "It came with profile 1 and must use 2 at least."
    assert await comes_in(make_charger, careful, quiet_gateway.tls_url)


@every_version_2
async def test_A05_what_is_sent_in_which_order(careful: Charger, version: str, quiet_gateway: GatewayUnderTest) -> None:
    """TC_A_19_CSMS. The slot in use is left alone; the new one comes first."""
    assert (await outcome_of(GetVariables((PRIORITY,)))).status == CommandStatus.ACCEPTED
    command = await finished(await raised(quiet_gateway, SecurityProfile.TLS))
    assert command.payload == [
        {
            "configurationSlot": 2,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": quiet_gateway.tls_url,
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wired0",
            },
        },
        {
            "setVariableData": [
                {
                    "component": {"name": "OCPPCommCtrlr"},
                    "variable": {"name": "NetworkConfigurationPriority"},
                    "attributeValue": "2,1",
                }
            ]
        },
        {"type": "OnIdle"},
    ]


@every_version
async def test_A05_from_password_to_certificate(
    careful: Charger,
    version: str,
    make_charger: MakeCharger,
    quiet_gateway: GatewayUnderTest,
    harbour_energy: Organization,
) -> None:
    """TC_083_CSMS, TC_A_19_CSMS, TC_087_CSMS: root, certificate, profile; then a password alone opens nothing."""
    row = await the_station()
    root = (await sync_to_async(services.authority_of)(row.organization)).certificate
    installed = await outcome_of(InstallCertificate(CertificateKind.SYSTEM_ROOT, root))
    assert installed.status == CommandStatus.ACCEPTED
    careful.wallet.owner = harbour_energy.name
    assert (await outcome_of(RequestCertificate())).status == CommandStatus.ACCEPTED

    async def has_certificate() -> bool | None:
        return await row.certificates.filter(status=SigningStatus.ACCEPTED).aexists() or None

    await eventually(has_certificate)
    await careful.settle()
    command = await finished(await raised(quiet_gateway, SecurityProfile.MUTUAL_TLS))
    assert command.status == CommandStatus.ACCEPTED
    await profile_is(3)
    await careful.settle()
    for url in (quiet_gateway.url, quiet_gateway.tls_url):
        assert not await comes_in(make_charger, careful, url)
    causes = {row.cause async for row in RejectedConnection.objects.all()}
    assert causes == {RefusalCause.PROFILE_TOO_LOW, RefusalCause.NO_CERTIFICATE}
    # It boots again, and goes on with its own.
    assert (await outcome_of(Reset(ResetKind.HARD))).status == CommandStatus.ACCEPTED
    await careful.settle()
    await profile_is(3)


@every_version
async def test_A05_a_station_that_refuses_goes_on_as_before(
    careful: Charger, version: str, make_charger: MakeCharger, quiet_gateway: GatewayUnderTest
) -> None:
    """A05.FR.02 to FR.04: it knows better than we what it lacks. What comes after the refused step is not sent."""
    careful.on("ChangeConfiguration" if version == "1.6" else "SetNetworkProfile", always({"status": "Rejected"}))
    command = await finished(await raised(quiet_gateway, SecurityProfile.TLS))
    assert (command.status, command.detail) == (CommandStatus.REJECTED, "The station answered Rejected.")
    assert await profile_of_connection() == SecurityProfile.BASIC
    assert await comes_in(make_charger, careful, quiet_gateway.url)


@every_version_2
async def test_A05_a_refused_priority_is_not_followed_by_a_reset(
    careful: Charger, version: str, quiet_gateway: GatewayUnderTest
) -> None:
    def refuse(payload: Payload) -> Payload:
        item = payload["setVariableData"][0]
        names = {name: item[name] for name in ("component", "variable")}
        return {"setVariableResult": [{**names, "attributeStatus": "Rejected"}]}

    careful.on("SetVariables", refuse)
    resets: list[Payload] = []

    def reset(payload: Payload) -> Payload:
        resets.append(payload)
        return {"status": "Accepted"}

    careful.on("Reset", reset)
    command = await finished(await raised(quiet_gateway, SecurityProfile.TLS))
    assert command.status == CommandStatus.REJECTED
    assert (command.detail, resets) == ("The station refused NetworkConfigurationPriority: Rejected.", [])


@every_version
async def test_A05_what_does_not_work_is_left_again(
    careful: Charger, version: str, make_charger: MakeCharger, quiet_gateway: GatewayUnderTest
) -> None:
    """1.6 A05.FR.08. The station finds nobody there and comes back as before: nothing counts that was not proved."""
    nowhere = "wss://127.0.0.1:9/ocpp"
    careful.secure_url = nowhere
    options = {} if version == "1.6" else {"url": nowhere}
    command = await finished(await raised(quiet_gateway, SecurityProfile.TLS, **options))
    assert command.status == CommandStatus.ACCEPTED

    async def is_back() -> bool | None:
        return (await StationConnection.objects.acount() == 2 and await profile_of_connection() == 1) or None

    await eventually(is_back)
    await careful.settle()
    assert (await the_station()).security_profile == SecurityProfile.BASIC


Lack = Callable[[ChargingStation], None]


def nothing(station: ChargingStation) -> None:
    """As it is."""


def no_password(station: ChargingStation) -> None:
    ChargingStation.objects.filter(pk=station.pk).update(secret_hash="")


def an_old_certificate(station: ChargingStation) -> None:
    _, row = issued_to(station)
    station.certificates.filter(pk=row.pk).update(expires_at=row.requested_at)


def a_revoked_certificate(station: ChargingStation) -> None:
    issued_to(station)
    station.certificates.update(status=SigningStatus.REVOKED)


LACKING: dict[str, tuple[SecurityProfile, Lack, str]] = {
    "the same": (SecurityProfile.BASIC, nothing, "no way down"),
    "down": (SecurityProfile.NONE, nothing, "no way down"),
    "no password": (SecurityProfile.TLS, no_password, "has no password here"),
    "no certificate": (SecurityProfile.MUTUAL_TLS, nothing, "has taken no certificate"),
    "an old certificate": (SecurityProfile.MUTUAL_TLS, an_old_certificate, "has taken no certificate"),
    "a revoked certificate": (SecurityProfile.MUTUAL_TLS, a_revoked_certificate, "has taken no certificate"),
}


@every_version
async def test_A05_what_lacks_is_said_before_anything_is_sent(
    careful: Charger, version: str, quiet_gateway: GatewayUnderTest
) -> None:
    for profile, prepare, sentence in LACKING.values():
        await sync_to_async(prepare)(await the_station())
        with pytest.raises(CannotRaiseProfile, match=sentence):
            await raised(quiet_gateway, profile)

    assert not await Command.objects.filter(kind="RaiseSecurityProfile").aexists()


@every_version_2
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"url": "ws://csms.example/ocpp"}, "begins with wss"),
        ({"url": "csms.example"}, "where the station finds"),
        ({"url": "wss://user:word@csms.example/ocpp"}, "where the station finds"),
        ({"url": f"wss://csms.example/{'x' * 512}"}, "where the station finds"),
        ({"slot": 1}, "uses slot 1 now"),
    ],
)
async def test_A05_an_address_or_slot_that_cannot_be(
    careful: Charger, version: str, options: dict[str, Any], sentence: str, quiet_gateway: GatewayUnderTest
) -> None:
    await outcome_of(GetVariables((PRIORITY,)))
    with pytest.raises(CannotRaiseProfile, match=sentence):
        await raised(quiet_gateway, SecurityProfile.TLS, **options)


@every_version
async def test_A05_one_request_at_a_time(careful: Charger, version: str, quiet_gateway: GatewayUnderTest) -> None:
    careful.on("ChangeConfiguration" if version == "1.6" else "SetNetworkProfile", lambda _: None)
    await raised(quiet_gateway, SecurityProfile.TLS)
    with pytest.raises(CannotRaiseProfile, match="asked already"):
        await raised(quiet_gateway, SecurityProfile.TLS)


@every_version
async def test_A05_a_station_may_raise_itself(
    version: str, make_charger: MakeCharger, quiet_gateway: GatewayUnderTest
) -> None:
    """Whoever set it up at the charger did it there. Rule 35."""
    charger = await make_charger(version, url=quiet_gateway.tls_url, ca_file=quiet_gateway.ca_file)
    await charger.connect()
    assert (await the_station()).security_profile == SecurityProfile.TLS
    assert not await comes_in(make_charger, charger, quiet_gateway.url)
    assert await AuditEvent.objects.filter(action="security profile raised").acount() == 1
