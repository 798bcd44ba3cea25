"""The inbox of refused chargers: who may adopt, dismiss, set a password; and nobody twice."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.roles import Role
from stations.models import ChargingStation, EnrolmentPolicy, RejectedConnection, Site
from stations.secrets import matches
from stations.states import RefusalCause, RefusalHandling
from tests.admin.test_isolation import every_role, logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour() -> World:
    return build("Harbour Energy", "Xanadu")


def adopt(client: Client, world: World, **changed: object) -> int:
    url = reverse("console:refusal_adopt", args=[world[RejectedConnection].pk])
    return client.post(url, {"organization": world.organization.pk, "site": world[Site].pk} | changed).status_code


@every_role
def test_only_who_may_add_stations_adopts(harbour: World, role: Role) -> None:
    status = adopt(logged_in(harbour.staff[role]), harbour)
    may = role in (Role.OWNER, Role.OPERATOR)
    assert status == (200 if may else 403)
    assert ChargingStation.objects.filter(identity="NEW-Xanadu").exists() == may


def test_a_second_click_makes_no_second_station(harbour: World) -> None:
    olga = logged_in(harbour.staff[Role.OPERATOR])
    assert [adopt(olga, harbour) for _ in range(2)] == [200, 200]
    assert ChargingStation.objects.filter(identity="NEW-Xanadu").count() == 1
    assert AuditEvent.objects.filter(action="station adopted").count() == 1


def test_nobody_adopts_into_a_neighbours_organization_or_site(harbour: World) -> None:
    neighbour = build("Charlie's Chargers", "Quuxville")
    olga = logged_in(harbour.staff[Role.OPERATOR])
    adopt(olga, harbour, organization=neighbour.organization.pk)
    adopt(olga, harbour, site=neighbour[Site].pk)
    assert not ChargingStation.objects.filter(identity="NEW-Xanadu").exists()


def test_a_wrong_password_is_answered_with_a_new_one(harbour: World) -> None:
    station = harbour[ChargingStation]
    RejectedConnection.objects.update(cause=RefusalCause.WRONG_PASSWORD, station=station)
    refusal = harbour[RejectedConnection].pk
    olga = logged_in(harbour.staff[Role.OPERATOR])
    assert b"Set a new password" in olga.get(reverse("console:refusal", args=[refusal])).content
    answer = olga.post(reverse("console:refusal_password", args=[refusal]))
    station.refresh_from_db()
    secret = answer.context["secret"]
    assert matches(station.secret_hash, secret.encode())
    assert secret in answer.content.decode()
    sam = logged_in(harbour.staff[Role.SUPPORT])
    assert sam.post(reverse("console:refusal_password", args=[refusal])).status_code == 403


def test_what_is_dismissed_leaves_the_inbox_and_comes_back(harbour: World) -> None:
    refusal, listed = harbour[RejectedConnection].pk, reverse("admin:stations_rejectedconnection_changelist")
    olga = logged_in(harbour.staff[Role.OPERATOR])
    assert olga.get(reverse("console:refusal_dismiss", args=[refusal])).status_code == 405
    olga.post(reverse("console:refusal_dismiss", args=[refusal]))
    assert "NEW-Xanadu" not in olga.get(listed).content.decode()
    assert "NEW-Xanadu" in olga.get(listed, {"state": "dismissed"}).content.decode()
    olga.post(reverse("console:refusal_reopen", args=[refusal]))
    assert RejectedConnection.objects.get().handling == RefusalHandling.OPEN
    olga.post(listed, {"action": "dismiss", "_selected_action": [refusal]})
    assert RejectedConnection.objects.get().handling == RefusalHandling.DISMISSED


@every_role
def test_the_enrolment_key_is_for_who_may_change_the_policy(harbour: World, role: Role) -> None:
    policy = harbour[EnrolmentPolicy]
    url = reverse("console:enrolment_key", args=[policy.pk])
    answer = logged_in(harbour.staff[role]).post(url)
    may = role in (Role.OWNER, Role.OPERATOR)
    assert answer.status_code == (200 if may else 403)
    policy.refresh_from_db()
    assert bool(policy.key_hash) == may
    if may:
        assert matches(policy.key_hash, answer.context["secret"].encode())
        logged_in(harbour.staff[role]).post(url, {"remove": "1"})
        policy.refresh_from_db()
        assert policy.key_hash == ""
