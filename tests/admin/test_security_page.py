"""What a station tells of its security, and its certificates, on its page and in the lists."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.roles import Role
from stations.authority import Pair, UnsuitableRequest, check_subject, new_authority, read_certificate, read_request
from stations.models import CertificateAuthority, ChargingStation, Command, InstalledCertificate, SecurityEvent
from stations.services import authority_of
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
