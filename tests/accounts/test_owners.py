"""An owner gives and takes roles; an organization never loses its last owner."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from pytest_django import Settings

from accounts.models import Membership, Organization, User
from accounts.roles import Role
from tests import cast

pytestmark = pytest.mark.django_db

SENTENCE = "Harbour Energy needs an owner: make somebody else one first."
LIST = "/admin/accounts/membership/"


@pytest.fixture(autouse=True)
def _without_collected_assets(settings: Settings) -> None:
    settings.STATIC_ROOT = None


@pytest.fixture
def harbour() -> Organization:
    return cast.create_organization()


@pytest.fixture
def owner(harbour: Organization) -> User:
    return cast.create_staff(harbour, "owner@harbour.example", Role.OWNER)


@pytest.fixture
def olga(harbour: Organization) -> User:
    return cast.create_staff(harbour, "olga@harbour.example", Role.OPERATOR)


@pytest.fixture
def client(owner: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(owner)
    return client


def of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def of_user_page(user: User, **row: str) -> dict[str, str]:
    """The form of a person with the one role they hold."""
    membership = of(user)
    counts = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "1", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}
    held = {"id": str(membership.pk), "user": str(user.pk), "organization": str(membership.organization_id)}
    fields = {f"memberships-{name}": value for name, value in counts.items()}
    fields |= {f"memberships-0-{name}": value for name, value in (held | {"role": membership.role} | row).items()}
    return {"email": user.email, "is_active": "on", "is_staff": "on", **fields}


def test_an_owner_removes_a_colleague(client: Client, olga: User) -> None:
    client.post(f"{LIST}{of(olga).pk}/delete/", {"post": "yes"})
    assert not Membership.objects.filter(user=olga).exists()
    assert User.objects.filter(pk=olga.pk).exists()


def test_an_operator_removes_nobody(client: Client, owner: User, olga: User) -> None:
    client.force_login(olga)
    assert client.post(f"{LIST}{of(owner).pk}/delete/", {"post": "yes"}).status_code == 403
    assert of(owner).role == Role.OWNER


def test_the_last_owner_is_not_removed(client: Client, owner: User, olga: User) -> None:
    answer = client.post(f"{LIST}{of(owner).pk}/delete/", {"post": "yes"})
    assert SENTENCE in answer.content.decode()
    assert of(owner).role == Role.OWNER


def test_the_last_owners_are_not_removed_together(client: Client, harbour: Organization, owner: User) -> None:
    second = cast.create_staff(harbour, "second@harbour.example", Role.OWNER)
    both = {ACTION_CHECKBOX_NAME: [of(owner).pk, of(second).pk]}
    client.post(LIST, {"action": "delete_selected", "post": "yes", **both})
    assert Membership.objects.filter(role=Role.OWNER).count() == 2


def test_the_last_owner_is_not_demoted(client: Client, owner: User, olga: User) -> None:
    answer = client.post(f"{LIST}{of(owner).pk}/change/", {"role": Role.FINANCE})
    assert SENTENCE in answer.content.decode()
    assert of(owner).role == Role.OWNER


@pytest.mark.parametrize("change", [{"role": "finance"}, {"DELETE": "on"}])
def test_nor_on_the_page_of_the_person(client: Client, owner: User, olga: User, change: dict[str, str]) -> None:
    answer = client.post(f"/admin/accounts/user/{owner.pk}/change/", of_user_page(owner, **change))
    assert SENTENCE in answer.content.decode()
    assert of(owner).role == Role.OWNER


def test_one_of_two_owners_goes(client: Client, harbour: Organization, owner: User) -> None:
    second = cast.create_staff(harbour, "second@harbour.example", Role.OWNER)
    client.post(f"{LIST}{of(second).pk}/change/", {"role": Role.FINANCE})
    assert of(second).role == Role.FINANCE
    client.post(f"{LIST}{of(owner).pk}/delete/", {"post": "yes"})
    assert of(owner).role == Role.OWNER


def test_nobody_deletes_an_organization_or_a_person(client: Client, harbour: Organization, olga: User) -> None:
    for url in (f"/admin/accounts/organization/{harbour.pk}/delete/", f"/admin/accounts/user/{olga.pk}/delete/"):
        assert client.post(url, {"post": "yes"}).status_code == 403
