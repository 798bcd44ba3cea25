"""What a station tells of its security, and its certificates, on its page and in the lists."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.roles import Role
from stations.authority import Pair, UnsuitableRequest, check_subject, new_authority, read_certificate, read_request
from stations.commands import RaiseSecurityProfile, send
from stations.models import (
    CertificateAuthority,
    ChargingStation,
    Command,
    InstalledCertificate,
    SecurityEvent,
    StationCertificate,
    StationConnection,
)
from stations.services import authority_of
from stations.states import CommandStatus, OcppVersion, SecurityProfile, SigningStatus
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = build("Harbour Energy", "Xanadu")
    ChargingStation.objects.update(security_alarm_at=timezone.now())
    return world


def page(client: Client, world: World, part: str = "security") -> str:
    return client.get(reverse("console:station_part", args=[world[ChargingStation].pk, part])).content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_an_alarm_stands_out_until_somebody_who_may_has_seen_it(world: World, role: Role) -> None:
    client, station = logged_in(world.staff[role]), world[ChargingStation]
    listed = reverse("admin:stations_chargingstation_changelist")
    for shown in (page(client, world), page(client, world, "head"), client.get(listed).content.decode()):
        assert 'data-state="alarm"' in shown
    may = role in {Role.OWNER, Role.OPERATOR, Role.SUPPORT}
    seen = reverse("console:security_seen", args=[station.pk])
    assert (seen in page(client, world)) == may
    assert client.post(seen).status_code == (302 if may else 403)
    assert ChargingStation.objects.filter(security_alarm_at=None).exists() == may
    assert SecurityEvent.objects.filter(seen_by=world.staff[role]).exists() == may
    assert ('data-state="alarm"' not in page(client, world)) == may
    assert AuditEvent.objects.filter(action="security events seen").exists() == may


def test_a_certificate_is_deleted_by_the_hashes_it_was_reported_with(world: World) -> None:
    client, installed = logged_in(world.staff[Role.OPERATOR]), world[InstalledCertificate]
    url = reverse("console:certificate_delete", args=[installed.pk])
    assert url in page(client, world)
    InstalledCertificate.objects.update(hash_algorithm="")
    before = Command.objects.count()
    assert (client.post(url).status_code, Command.objects.count()) == (302, before)
    InstalledCertificate.objects.update(hash_algorithm="SHA384")
    assert client.post(url).status_code == 302
    arguments = Command.objects.latest("pk").arguments
    assert (arguments["hash_algorithm"], arguments["serial_number"]) == ("SHA384", "Xanadu")
    reader = logged_in(world.staff[Role.READ_ONLY])
    assert url not in page(reader, world)
    assert reader.post(url).status_code == 403


def test_the_authority_is_made_once_and_its_key_leaves_in_no_way(world: World) -> None:
    CertificateAuthority.objects.all().delete()
    made = authority_of(world.organization)
    assert authority_of(world.organization) == made
    assert "PRIVATE KEY" not in made.key_encrypted
    owner = logged_in(world.staff[Role.OWNER])
    given = owner.get(reverse("console:authority_root", args=[made.pk])).content.decode()
    assert read_certificate(given).subject.rfc4514_string().endswith(f"O={world.organization.name}")
    urls = [
        reverse("admin:stations_certificateauthority_change", args=[made.pk]),
        reverse("admin:stations_certificateauthority_export_csv"),
    ]
    for url in urls:
        answer = owner.get(url)
        shown = b"".join(answer) if answer.streaming else answer.content
        assert made.key_encrypted not in shown.decode()


def test_a_form_installs_the_own_root_unless_another_is_given(world: World) -> None:
    client = logged_in(world.staff[Role.OPERATOR])
    CertificateAuthority.objects.all().delete()
    url = reverse("console:command", args=[world[ChargingStation].pk, "install-certificate"])
    assert "no certificate" in client.post(url, {"kind": "system_root", "certificate": "text"}).content.decode()
    assert client.post(url, {"kind": "system_root", "certificate": ""}).status_code == 200
    sent = Command.objects.latest("pk").arguments
    assert sent == {"kind": "system_root", "certificate": authority_of(world.organization).certificate}


def test_a_request_names_one_owner_and_one_station() -> None:
    pair: Pair = new_authority(organization="Harbour Energy", now=timezone.now())
    name = read_certificate(pair.certificate).subject
    check_subject(name, organization="harbour energy", names=frozenset({"harbour energy stations"}))
    for owner, names in (("Other", {"harbour energy stations"}), ("Harbour Energy", {"sn-1"})):
        with pytest.raises(UnsuitableRequest):
            check_subject(name, organization=owner, names=frozenset(names))
    with pytest.raises(UnsuitableRequest):
        read_request(pair.certificate)


def test_the_page_shows_the_profile_now_the_least_and_what_was_asked(world: World) -> None:
    station, connection = world[ChargingStation], world[StationConnection]
    shown = page(logged_in(world.staff[Role.READ_ONLY]), world)
    assert "Profile now" in shown
    assert connection.get_security_profile_display() in shown
    assert "data-asked" not in shown
    assert "raise-profile" not in shown
    asked = send(station, RaiseSecurityProfile(SecurityProfile.TLS))
    Command.objects.filter(pk=asked.pk).update(status=CommandStatus.REJECTED, detail="The station answered Rejected.")
    shown = page(logged_in(world.staff[Role.READ_ONLY]), world)
    assert 'data-asked="2"' in shown
    assert "The station answered Rejected. The station goes on as before." in " ".join(shown.split())
    ChargingStation.objects.update(security_profile=SecurityProfile.MUTUAL_TLS)
    shown = page(logged_in(world.staff[Role.OPERATOR]), world)
    assert ("data-asked" in shown, "raise-profile" in shown) == (False, False)


@pytest.mark.parametrize("version", OcppVersion)
def test_staff_raise_the_profile_or_read_what_is_missing(world: World, version: OcppVersion) -> None:
    station = world[ChargingStation]
    ChargingStation.objects.update(ocpp_version=version, secret_hash="", security_profile=SecurityProfile.BASIC)
    url = reverse("console:command", args=[station.pk, "raise-profile"])
    client = logged_in(world.staff[Role.OPERATOR])
    form = client.get(url).content.decode()
    assert [f'<option value="{profile}"' in form for profile in (1, 2, 3)] == [False, True, True]
    assert ("Address" in form) == (version != OcppVersion.V16)
    filled = {"profile": "2", "url": "", "slot": "7", "interface": "Wireless0"}
    assert "has no password here" in client.post(url, filled).content.decode()
    assert "has taken no certificate" in client.post(url, filled | {"profile": "3"}).content.decode()
    ChargingStation.objects.update(secret_hash="known")
    assert client.post(url, filled).status_code == 200
    told = Command.objects.latest("pk").arguments
    assert told["profile"] == 2
    if version != OcppVersion.V16:
        assert (told["url"], told["slot"], told["interface"]) == (settings.OCPP_TLS_PUBLIC_URL, 7, "Wireless0")
    assert "is being asked already" in client.post(url, filled).content.decode()


def test_staff_revoke_a_certificate(world: World) -> None:
    certificate = world[StationCertificate]
    StationCertificate.objects.filter(pk=certificate.pk).update(status=SigningStatus.ACCEPTED)
    url = reverse("console:certificate_revoke", args=[certificate.pk])
    reader, operator = logged_in(world.staff[Role.READ_ONLY]), logged_in(world.staff[Role.OPERATOR])
    assert (url in page(reader, world), url in page(operator, world)) == (False, True)
    for role in (Role.READ_ONLY, Role.SUPPORT):
        assert logged_in(world.staff[role]).post(url).status_code == 403
    stranger = build("Charlie's Chargers", "Yonder").staff[Role.OWNER]
    assert logged_in(stranger).post(url).status_code == 404
    assert [operator.post(url).status_code for _ in range(2)] == [204, 204]
    certificate.refresh_from_db()
    assert certificate.status == SigningStatus.REVOKED
    assert url not in page(operator, world)
    assert AuditEvent.objects.filter(action="station certificate revoked").count() == 1
