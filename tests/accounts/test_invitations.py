"""An owner invites by e-mail; whoever is invited takes the role, once, and nobody else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, Invitation, Membership, Organization, User
from accounts.roles import Role
from tests import cast

pytestmark = pytest.mark.django_db

ADD = "/admin/accounts/invitation/add/"
ADDRESS = "new@harbour.example"
PASSWORD = "a-long-enough-word"


@pytest.fixture(autouse=True)
def _without_collected_assets(settings: Settings) -> None:
    settings.STATIC_ROOT = None


@pytest.fixture
def harbour() -> Organization:
    return cast.create_organization()


def logged_in(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


@pytest.fixture
def owner(harbour: Organization) -> Client:
    return logged_in(cast.create_staff(harbour, "owner@harbour.example", Role.OWNER))


@pytest.fixture
def stranger() -> Client:
    return Client(headers={"host": "localhost"})


def invite(owner: Client, harbour: Organization, email: str = ADDRESS, role: str = Role.SUPPORT) -> Any:
    return owner.post(ADD, {"organization": harbour.pk, "email": email, "role": role}, follow=True)


def link() -> str:
    """The path in the newest e-mail."""
    found = re.search(r"http://localhost(/invitation/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def new_person(**fields: str) -> dict[str, str]:
    return {"first_name": "Nora", "last_name": "Neu", "password": PASSWORD, "again": PASSWORD, **fields}


def test_somebody_new_makes_an_account(owner: Client, harbour: Organization, stranger: Client) -> None:
    invite(owner, harbour, email=" New@Harbour.example")
    assert mail.outbox[0].to == [ADDRESS]
    assert link() in mail.outbox[0].message().as_string().replace("=\n", "")
    assert "Nora" not in stranger.get(link()).content.decode()
    stranger.post(link(), new_person())
    nora = User.objects.get(email=ADDRESS)
    assert (nora.get_full_name(), nora.is_staff, nora.roles) == ("Nora Neu", True, {harbour.pk: Role.SUPPORT})
    assert nora.check_password(PASSWORD)
    assert set(AuditEvent.objects.filter(organization=harbour).values_list("action", flat=True)) >= {
        "invited",
        "invitation accepted",
    }
    assert link().split("/")[2] not in str(list(AuditEvent.objects.values())) + str(list(Invitation.objects.values()))


def test_the_link_works_once(owner: Client, harbour: Organization, stranger: Client) -> None:
    invite(owner, harbour)
    stranger.post(link(), new_person())
    assert stranger.post(link(), new_person()).status_code == 404
    assert Membership.objects.filter(organization=harbour).count() == 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"again": "something-else-entirely"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "too short"),
        ({"first_name": ""}, "required"),
    ],
)
def test_a_form_that_is_wrong_is_told_and_takes_nothing(
    owner: Client, harbour: Organization, stranger: Client, fields: dict[str, str], told: str
) -> None:
    invite(owner, harbour)
    assert told in stranger.post(link(), new_person(**fields)).content.decode()
    assert not User.objects.filter(email=ADDRESS).exists()


def test_somebody_with_an_account_joins_after_logging_in(
    owner: Client, harbour: Organization, stranger: Client
) -> None:
    charlie = cast.create_staff(cast.create_organization("Charlie's Chargers"), "charlie@charlie.example", Role.OWNER)
    invite(owner, harbour, email=charlie.email)
    assert "/admin/login/" in stranger.post(link(), new_person()).headers["Location"]
    assert "You are logged in as owner@" in owner.get(link()).content.decode()
    assert "another address" in owner.post(link()).content.decode()
    logged_in(charlie).post(link())
    assert Membership.objects.get(user=charlie, organization=harbour).role == Role.SUPPORT


@pytest.mark.parametrize("end", ["revoke", "resend", "expire"])
def test_a_link_that_is_over_opens_nothing(owner: Client, harbour: Organization, stranger: Client, end: str) -> None:
    invite(owner, harbour)
    old, invitation = link(), Invitation.objects.get()
    if end == "expire":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        owner.post(f"/admin/accounts/invitation/{invitation.pk}/{end}/")
    for answer in (stranger.get(old), stranger.post(old, new_person())):
        assert answer.status_code == 404
    assert not User.objects.filter(email=ADDRESS).exists()
    if end == "resend":
        assert stranger.get(link()).status_code == 200


def test_an_address_is_invited_once_and_no_member_is(owner: Client, harbour: Organization) -> None:
    invite(owner, harbour)
    assert "already invited" in invite(owner, harbour).content.decode()
    assert "already has a role" in invite(owner, harbour, email="owner@harbour.example").content.decode()
    assert len(mail.outbox) == 1


def test_only_an_owner_invites_and_only_into_their_own(owner: Client, harbour: Organization) -> None:
    charlies = cast.create_organization("Charlie's Chargers")
    olga = logged_in(cast.create_staff(harbour, "olga@harbour.example", Role.OPERATOR))
    assert invite(olga, harbour).status_code == 403
    assert "valid choice" in invite(owner, charlies).content.decode()
    assert not Invitation.objects.exists()


def test_an_invitation_outlives_a_mail_server_that_is_away(
    owner: Client, harbour: Organization, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert "send it again later" in invite(owner, harbour).content.decode()
    assert Invitation.objects.get().sent_at is None


def test_the_last_owner_stays_active(owner: Client, harbour: Organization) -> None:
    person = User.objects.get(email="owner@harbour.example")
    form = {"email": person.email, "is_staff": "on"}
    form |= {f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}
    answer = owner.post(f"/admin/accounts/user/{person.pk}/change/", form)
    assert "needs an owner" in answer.content.decode()
    assert User.objects.get(pk=person.pk).is_active
