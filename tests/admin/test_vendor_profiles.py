"""Vendor profiles: who may write which, what they switch on, and that a shipped set overwrites nobody's work."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from stations import services
from stations.models import ChargingStation, RepairCount, VendorProfile
from stations.repairs import Repair
from stations.shipped_profiles import SHIPPED
from stations.traits import Trait
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Xanadu")


def entered(**changes: Any) -> dict[str, Any]:
    fields = {"name": "Odd ones", "vendor_pattern": "vendor *", "traits": [Trait.WATTS_ONLY], "is_enabled": "on"}
    return fields | changes


def add(client: Client, **changes: Any) -> int:
    return client.post(reverse("admin:stations_vendorprofile_add"), entered(**changes)).status_code


def traits(world: World) -> list[str]:
    """Without what the world's own profile tells."""
    told = ChargingStation.objects.get(pk=world[ChargingStation].pk).traits
    return [trait for trait in told if trait != Trait.BOOTS_LATE]


def test_a_profile_of_staff_meets_their_stations_and_no_others(world: World) -> None:
    neighbour = build("Charlie's Chargers", "Quuxville")
    olga = logged_in(world.staff[Role.OPERATOR])
    assert add(olga, organization=world.organization.pk) == 302
    assert traits(world) == [Trait.WATTS_ONLY]
    assert traits(neighbour) == []
    row = VendorProfile.objects.get(name="Odd ones")
    assert (row.organization_id, row.is_edited) == (world.organization.pk, True)
    page = olga.get(reverse("console:station_part", args=[world[ChargingStation].pk, "quirks"])).content.decode()
    assert Trait.WATTS_ONLY.label in page
    assert Repair.LETTER_CASE.label in page


def test_a_profile_for_everybody_is_a_superusers(world: World) -> None:
    olga = logged_in(world.staff[Role.OWNER])
    assert add(olga, organization="") == 200
    assert not VendorProfile.objects.filter(organization=None, name="Odd ones").exists()
    root = logged_in(User.objects.create_superuser("root@csms.example", "correct-horse-battery"))
    assert add(root, organization="") == 302
    row = VendorProfile.objects.get(organization=None, name="Odd ones")
    assert traits(world) == [Trait.WATTS_ONLY]
    url = reverse("admin:stations_vendorprofile_change", args=[row.pk])
    assert olga.get(url).status_code == 200
    assert olga.post(url, entered(name="Mine now")).status_code == 403
    assert olga.post(reverse("admin:stations_vendorprofile_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert VendorProfile.objects.filter(pk=row.pk, name="Odd ones").exists()


def test_a_disabled_profile_switches_off(world: World) -> None:
    olga = logged_in(world.staff[Role.OPERATOR])
    add(olga, organization=world.organization.pk)
    row = VendorProfile.objects.get(name="Odd ones")
    changed = entered()
    del changed["is_enabled"]
    assert olga.post(reverse("admin:stations_vendorprofile_change", args=[row.pk]), changed).status_code == 302
    assert traits(world) == []


def test_the_shipped_set_comes_and_leaves_what_was_edited(world: World) -> None:
    VendorProfile.objects.exclude(shipped_as="").delete()
    ChargingStation.objects.filter(pk=world[ChargingStation].pk).update(vendor="Huawei Digital Power")
    assert services.load_shipped_profiles() == len(SHIPPED)
    assert traits(world) == [Trait.WATTS_ONLY]
    assert services.load_shipped_profiles() == 0
    VendorProfile.objects.filter(shipped_as="abb").update(notes="an older release", traits=[])
    edited = VendorProfile.objects.get(shipped_as="huawei")
    edited.traits = []
    services.save_profile(edited)
    assert traits(world) == []
    assert services.load_shipped_profiles() == 1
    assert VendorProfile.objects.get(shipped_as="huawei").traits == []
    assert VendorProfile.objects.get(shipped_as="abb").traits == [str(trait) for trait in SHIPPED["abb"].traits]


def test_a_shipped_profile_is_disabled_and_not_deleted(world: World) -> None:
    services.load_shipped_profiles()
    root = logged_in(User.objects.create_superuser("root@csms.example", "correct-horse-battery"))
    row = VendorProfile.objects.get(shipped_as="abb")
    url = reverse("admin:stations_vendorprofile_delete", args=[row.pk])
    assert root.post(url, {"post": "yes"}).status_code == 403
    assert VendorProfile.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    ("vendor", "model", "firmware", "matches"),
    [
        ("ABB", "Terra AC", "1.6", True),
        ("abb e-mobility", "TERRA AC W7", "1.6.6", True),
        ("ABB", "Terra AC", "2.0", False),
        ("Abba", "Waterloo", "1.6", False),
        ("", "", "", False),
    ],
)
def test_patterns(vendor: str, model: str, firmware: str, matches: bool) -> None:
    profile = VendorProfile(vendor_pattern="abb*", model_pattern="terra*", firmware_pattern="1.*")
    assert profile.matches(vendor, model, firmware) is matches


def test_repairs_of_a_release_that_is_gone_keep_their_name(world: World) -> None:
    row = world[RepairCount]
    assert row.label == Repair.LETTER_CASE.label
    row.repair = "mended_by_hand"
    assert row.label == "mended_by_hand"
