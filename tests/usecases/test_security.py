"""Security events, passwords and certificates: 1.6 security whitepaper A01 to A04, M03 to M05, OCPP 2.x A, M."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from accounts.models import Organization, User
from simulator import Charger
from simulator.certificates import Wallet
from simulator.errors import HandshakeRefused
from stations import services
from stations.authority import is_signed_by, read_certificate
from stations.commands import GetInstalledCertificates, InstallCertificate, RawCall, RequestCertificate
from stations.errors import PasswordUnderWay
from stations.models import (
    CertificateAuthority,
    ChargingStation,
    Command,
    Frame,
    InstalledCertificate,
    SecurityEvent,
    Site,
    StationCertificate,
)
from stations.states import CertificateKind, CommandStatus, SigningStatus
from tests.conftest import SECRET, MakeCharger, every_version
from tests.gateway.polling import eventually
from tests.simulator.signing import signing_certificate
from tests.usecases.asking import always, at_rest, outcome_of, refusing, sent, silent, status_becomes
from tests.usecases.facts import finished
from tests.usecases.telling import Payload, written

NOW = written(datetime.now(UTC) - timedelta(minutes=5))
SET = {"1.6": "ChangeConfiguration", "2.0.1": "SetVariables", "2.1": "SetVariables"}


async def the_station() -> ChargingStation:
    return await ChargingStation.objects.select_related("organization").aget()


@every_version
async def test_A04_an_event_is_kept_once_and_an_alarm_stands_out_until_seen(
    station: Charger, version: str, olga: User
) -> None:
    """A boot is critical by the list, and nobody has to look at it; tampering is another matter."""
    await at_rest(station)
    for kind in ("StartupOfTheDevice", "SomethingOfTheVendor"):
        assert await station.call("SecurityEventNotification", {"type": kind, "timestamp": NOW}) == {}
    assert (await the_station()).security_alarm_at is None
    tampered = {"type": "TamperDetectionActivated", "timestamp": NOW, "techInfo": "door"}
    for _ in range(2):
        assert await station.call("SecurityEventNotification", tampered) == {}
    told = [(each.type, each.is_critical, each.is_alarm) async for each in SecurityEvent.objects.order_by("pk")]
    assert told == [
        ("StartupOfTheDevice", True, False),
        ("SomethingOfTheVendor", False, False),
        ("TamperDetectionActivated", True, True),
    ]
    row = await the_station()
    assert row.security_alarm_at is not None
    assert await sync_to_async(services.mark_security_events_seen)(station=row, by=olga) == 1
    assert (await the_station()).security_alarm_at is None
    await station.call("SecurityEventNotification", tampered)
    assert (await the_station()).security_alarm_at is None


async def change(station: Charger) -> Command:
    row = await the_station()
    return await sync_to_async(services.change_password)(station=row, by=None)


async def sent_secret(station: Charger, version: str) -> str:
    """What the station was asked to take."""
    payload = await station.wait_for_call(SET[version])
    return str(payload["value"] if version == "1.6" else payload["setVariableData"][0]["attributeValue"])


def as_sent(version: str, secret: str) -> str | bytes:
    return bytes.fromhex(secret) if version == "1.6" else secret


async def may_connect(make_charger: MakeCharger, station: Charger, password: str | bytes) -> bool:
    other = await make_charger(station.version, station.identity, is_known=False, password=password)
    try:
        await other.connect()
    except HandshakeRefused:
        return False
    await other.close()
    return True


def answer_of(version: str, status: str) -> Any:
    if version == "1.6":
        return always({"status": status})

    def answer(payload: Payload) -> Payload:
        item = payload["setVariableData"][0]
        return {"setVariableResult": [{k: item[k] for k in ("component", "variable")} | {"attributeStatus": status}]}

    return answer


@every_version
async def test_A01_the_new_password_counts_when_it_is_accepted(
    station: Charger, version: str, make_charger: MakeCharger
) -> None:
    """TC_073_CSMS, TC_A_09_CSMS. In 1.6 the 20 bytes behind 40 digits. Rule 32. Rule 33."""
    await at_rest(station)
    station.on(SET[version], answer_of(version, "Accepted"))
    command = await finished(await change(station))
    secret = await sent_secret(station, version)
    assert (command.status, len(secret)) == (CommandStatus.ACCEPTED, 40 if version == "1.6" else 20)
    assert not await may_connect(make_charger, station, SECRET)
    assert await may_connect(make_charger, station, as_sent(version, secret))
    kept = [str(row) async for row in Command.objects.values()]
    kept += [frame.text async for frame in Frame.objects.all()]
    assert secret not in "".join(kept)


@every_version
@pytest.mark.parametrize("how", ["Rejected", "error"])
async def test_A01_a_refused_password_changes_nothing(
    station: Charger, version: str, how: str, make_charger: MakeCharger
) -> None:
    """TC_A_10_CSMS. Rule 33."""
    await at_rest(station)
    station.on(SET[version], refusing("InternalError") if how == "error" else answer_of(version, "Rejected"))
    assert (await finished(await change(station))).status == CommandStatus.REJECTED
    secret = await sent_secret(station, version) if how != "error" else "f" * 40
    assert not await may_connect(make_charger, station, as_sent(version, secret))
    assert await may_connect(make_charger, station, SECRET)


@every_version
@pytest.mark.parametrize("has_new", [True, False])
async def test_A01_without_an_answer_both_count_until_one_is_proven(
    station: Charger, version: str, has_new: bool, make_charger: MakeCharger
) -> None:
    """The connection breaks before the answer; what the station then connects with is its password."""
    await at_rest(station)
    station.on(SET[version], silent)
    command = await change(station)
    secret = as_sent(version, await sent_secret(station, version))
    await station.go_offline()
    await status_becomes(command, CommandStatus.LOST)
    first, other = (secret, SECRET) if has_new else (SECRET, secret)
    assert not await may_connect(make_charger, station, "neither-of-the-two-passwords")
    assert await may_connect(make_charger, station, first)
    assert not await may_connect(make_charger, station, other)
    assert await may_connect(make_charger, station, first)


@every_version
async def test_A01_one_change_at_a_time(station: Charger, version: str) -> None:
    await at_rest(station)
    station.on(SET[version], silent)
    await change(station)
    with pytest.raises(PasswordUnderWay):
        await change(station)


@every_version
async def test_A01_staff_may_set_one_word_for_word(station: Charger, version: str, make_charger: MakeCharger) -> None:
    """A raw call: the server hears of the password only by it."""
    await at_rest(station)
    station.on(SET[version], answer_of(version, "Accepted"))
    mine = "0123456789abcdef0123456789abcdef01234567" if version == "1.6" else "my own word, chosen"
    variable = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    payload: Payload = {"setVariableData": [{**variable, "attributeValue": mine}]}
    wanted = RawCall(SET[version], {"key": "AuthorizationKey", "value": mine} if version == "1.6" else payload)
    assert (await outcome_of(wanted)).status == CommandStatus.ACCEPTED
    assert not await may_connect(make_charger, station, SECRET)
    assert await may_connect(make_charger, station, as_sent(version, mine))


async def certificate_is(status: SigningStatus) -> StationCertificate:
    async def is_so() -> StationCertificate | None:
        return await StationCertificate.objects.select_related("command").filter(status=status).afirst()

    return await eventually(is_so)


@every_version
async def test_A02_a_certificate_is_renewed_at_our_request(
    station: Charger, version: str, harbour_energy: Organization
) -> None:
    """TC_074_CSMS, TC_A_11_CSMS. Rule 87."""
    await at_rest(station)
    station.wallet.owner = harbour_energy.name
    assert (await outcome_of(RequestCertificate())).status == CommandStatus.ACCEPTED
    made = await certificate_is(SigningStatus.ACCEPTED)
    await station.settle()
    assert station.wallet.chain == made.certificate
    authority = read_certificate((await CertificateAuthority.objects.aget()).certificate)
    certificate = read_certificate(made.certificate)
    assert is_signed_by(certificate, authority)
    assert made.subject == f"CN={station.serial_number},O={harbour_energy.name}"
    assert made.command is not None
    if version == "2.1":
        assert sent(made.command)["requestId"] == made.request_number


@every_version
async def test_A03_a_station_that_asks_again_gets_the_same(
    station: Charger, version: str, harbour_energy: Organization
) -> None:
    await at_rest(station)
    station.on("CertificateSigned", refusing("InternalError"))
    csr = Wallet(owner=harbour_energy.name).request(station.identity.upper())
    for _ in range(2):
        assert (await station.call("SignCertificate", {"csr": csr}))["status"] == "Accepted"
        first = await certificate_is(SigningStatus.SIGNED)
        assert first.command is not None
        await finished(first.command)
    assert await StationCertificate.objects.acount() == 1
    assert await Command.objects.filter(kind="SendCertificate").acount() == 2


def weak_request(organization: str, name: str) -> str:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that is the point
    subject = [(NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, name)]
    attributes = x509.Name([x509.NameAttribute(oid, text) for oid, text in subject])
    request = x509.CertificateSigningRequestBuilder().subject_name(attributes).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


@every_version
async def test_A02_what_is_not_signed(station: Charger, version: str, harbour_energy: Organization) -> None:
    """Of another owner, for another station, with a weak key, or none at all. Rule 31."""
    await at_rest(station)
    name = harbour_energy.name
    for csr in (
        Wallet(owner="Charlie's Chargers").request(station.serial_number),
        Wallet(owner=name).request("SN-of-another"),
        weak_request(name, station.serial_number),
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
        "",
    ):
        assert (await station.call("SignCertificate", {"csr": csr}))["status"] == "Rejected"
    reasons = {each.reason async for each in StationCertificate.objects.filter(status=SigningStatus.REFUSED)}
    assert len(reasons) == 4
    assert not await Command.objects.filter(kind="SendCertificate").aexists()


@every_version
async def test_A02_a_station_that_refuses_its_certificate(
    station: Charger, version: str, harbour_energy: Organization
) -> None:
    """TC_077_CSMS, TC_A_14_CSMS."""
    await at_rest(station)
    station.wallet.owner = harbour_energy.name
    station.on("CertificateSigned", always({"status": "Rejected"}))
    await outcome_of(RequestCertificate())
    await certificate_is(SigningStatus.REJECTED)
    event = {"type": "InvalidChargePointCertificate", "timestamp": NOW}
    assert await station.call("SecurityEventNotification", event) == {}


@every_version
@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
async def test_M03_M04_M05_roots_are_installed_listed_and_deleted(
    station: Charger, version: str, algorithm: str, harbour: Site
) -> None:
    """TC_075_1_CSMS, TC_075_2_CSMS, TC_076_CSMS, TC_M_01_CSMS, TC_M_02_CSMS, TC_M_18_CSMS, TC_M_20_CSMS. Rule 88."""
    await at_rest(station)
    station.wallet.hash_algorithm = algorithm
    row = await the_station()
    root = (await sync_to_async(services.authority_of)(row.organization)).certificate
    roots = {CertificateKind.SYSTEM_ROOT: root, CertificateKind.MANUFACTURER_ROOT: signing_certificate()[0]}
    for kind, pem in roots.items():
        assert (await outcome_of(InstallCertificate(kind, pem))).status == CommandStatus.ACCEPTED
    assert (await outcome_of(GetInstalledCertificates())).status == CommandStatus.ACCEPTED
    rows = [each async for each in InstalledCertificate.objects.select_related("station")]
    assert [(each.kind, each.hash_algorithm) for each in rows] == [
        ("manufacturer_root", algorithm),
        ("system_root", algorithm),
    ]
    assert all(each.subject and each.expires_at for each in rows)
    deleted = await sync_to_async(services.delete_certificate)(certificate=rows[0], by=None)
    assert (await finished(deleted)).status == CommandStatus.ACCEPTED
    assert [each.kind async for each in InstalledCertificate.objects.all()] == ["system_root"]
    assert (await outcome_of(GetInstalledCertificates((CertificateKind.MANUFACTURER_ROOT,)))).detail.endswith(
        "NotFound."
    )


@every_version
async def test_M05_a_station_that_refuses(station: Charger, version: str) -> None:
    """TC_078_CSMS, TC_M_05_CSMS, TC_M_19_CSMS, TC_M_21_CSMS."""
    await at_rest(station)
    row = await the_station()
    root = (await sync_to_async(services.authority_of)(row.organization)).certificate
    station.on("InstallCertificate", always({"status": "Rejected" if version == "1.6" else "Failed"}))
    wanted = InstallCertificate(CertificateKind.SYSTEM_ROOT, root)
    assert (await outcome_of(wanted)).status == CommandStatus.REJECTED
    assert not await InstalledCertificate.objects.aexists()
    station.on("InstallCertificate", None)
    await outcome_of(wanted)
    await outcome_of(GetInstalledCertificates())
    installed = await InstalledCertificate.objects.select_related("station").aget()
    station.on("DeleteCertificate", always({"status": "Failed"}))
    asked = await sync_to_async(services.delete_certificate)(certificate=installed, by=None)
    assert (await finished(asked)).status == CommandStatus.REJECTED
    assert await InstalledCertificate.objects.acount() == 1
