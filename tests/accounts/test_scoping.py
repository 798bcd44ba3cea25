"""Whose rows are seen, and by whom: the backend and the one filter all doors use."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.backends import RoleBackend
from accounts.models import Membership, Organization, User
from accounts.roles import Role
from stations.models import ChargingStation, Connector, Evse, Site
from tests import cast

pytestmark = pytest.mark.django_db

VIEW, CHANGE = "stations.view_chargingstation", "stations.change_chargingstation"


@pytest.fixture
def harbour_station() -> ChargingStation:
    return cast.create_station(cast.create_site(cast.create_organization("Harbour Energy")), "old_faithful")


@pytest.fixture
def charlies_station() -> ChargingStation:
    return cast.create_station(cast.create_site(cast.create_organization("Charlie's Chargers")), "other")


def test_everybody_sees_their_own_only(harbour_station: ChargingStation, charlies_station: ChargingStation) -> None:
    olga = cast.create_staff(harbour_station.organization, "olga@harbour.example", Role.OPERATOR)
    charlie = cast.create_staff(charlies_station.organization, "charlie@charlie.example", Role.OWNER)
    for station in (harbour_station, charlies_station):
        Connector.objects.create(evse=Evse.objects.create(station=station, number=1), number=1)
    for user, station in ((olga, harbour_station), (charlie, charlies_station)):
        assert list(ChargingStation.objects.visible_to(user)) == [station]
        assert list(Site.objects.visible_to(user)) == [station.site]
        assert [row.station for row in Evse.objects.visible_to(user)] == [station]
        assert [row.evse.station for row in Connector.objects.visible_to(user)] == [station]
        assert list(Organization.objects.visible_to(user)) == [station.organization]


def test_nobody_and_the_inactive_see_nothing(harbour_station: ChargingStation) -> None:
    olga = cast.create_staff(harbour_station.organization, "olga@harbour.example", Role.OWNER, is_active=False)
    for user in (AnonymousUser(), olga):
        assert not ChargingStation.objects.visible_to(user).exists()
    assert not RoleBackend().has_perm(olga, VIEW)
    assert not RoleBackend().has_perm(AnonymousUser(), VIEW)


def test_a_role_counts_in_its_organization_only(
    harbour_station: ChargingStation, charlies_station: ChargingStation
) -> None:
    """Somebody who operates one and only looks at the other."""
    user = cast.create_staff(harbour_station.organization, "olga@harbour.example", Role.OPERATOR)
    Membership.objects.create(user=user, organization=charlies_station.organization, role=Role.READ_ONLY)
    user = User.objects.get(pk=user.pk)
    backend = RoleBackend()
    assert ChargingStation.objects.visible_to(user).count() == 2
    assert backend.has_perm(user, CHANGE, harbour_station)
    assert not backend.has_perm(user, CHANGE, charlies_station)
    assert backend.has_perm(user, VIEW, charlies_station)
    assert backend.has_perm(user, CHANGE)
    assert backend.get_all_permissions(user) == set()


def test_a_row_is_judged_by_the_organization_at_the_end_of_its_path(
    harbour_station: ChargingStation, charlies_station: ChargingStation
) -> None:
    olga = cast.create_staff(harbour_station.organization, "olga@harbour.example", Role.OPERATOR)
    theirs = Evse.objects.create(station=charlies_station, number=1)
    ours = Evse.objects.create(station=harbour_station, number=1)
    assert RoleBackend().has_perm(olga, "stations.change_evse", ours)
    assert not RoleBackend().has_perm(olga, "stations.change_evse", theirs)


def test_an_email_logs_in_whatever_its_case(harbour_station: ChargingStation) -> None:
    cast.create_staff(harbour_station.organization, "Olga@Harbour.example", Role.OPERATOR, password="long-enough-word")
    backend = RoleBackend()
    assert backend.authenticate(None, username=" OLGA@harbour.example ", password="long-enough-word")
    assert backend.authenticate(None, username="olga@harbour.example", password="wrong") is None
