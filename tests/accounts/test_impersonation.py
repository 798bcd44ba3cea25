"""Support acts as somebody else: with a reason, for a while, never as who may do more, and under both names."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.impersonation import end_expired, person_of
from accounts.models import AuditEvent, Impersonation, Membership, Organization, User
from accounts.roles import Role
from tests import cast
from tests.admin.test_isolation import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_collected_assets(settings: Settings) -> None:
    settings.STATIC_ROOT = None


@pytest.fixture
def harbour() -> Organization:
    return cast.create_organization()


def person(organization: Organization, role: Role, name: str = "") -> User:
    return cast.create_staff(organization, f"{name or role}@harbour.example", role)


@pytest.fixture
def sam(harbour: Organization) -> User:
    """In support."""
    return person(harbour, Role.SUPPORT, "sam")


@pytest.fixture
def fay(harbour: Organization) -> User:
    """Does the accounts: may do nothing that Sam may not."""
    return person(harbour, Role.FINANCE, "fay")


@pytest.fixture
def client(sam: User) -> Client:
    return logged_in(sam)


def begin(client: Client, user: User, reason: str = "Ticket 12") -> Any:
    return client.post(f"/admin/accounts/user/{user.pk}/impersonate/", {"reason": reason})


def finish(client: Client) -> Any:
    return client.post("/admin/account/impersonation/end/")


def test_what_support_does_is_recorded_under_both_names(
    client: Client, harbour: Organization, sam: User, fay: User
) -> None:
    driver = cast.create_driver(harbour, "Alice")
    assert "Act as" in client.get(f"/admin/accounts/user/{fay.pk}/change/").content.decode()
    assert begin(client, fay).status_code == 302
    for url in ("/admin/", "/admin/drivers/driver/", f"/admin/drivers/driver/{driver.pk}/change/"):
        page = client.get(url).content.decode()
        assert "c-banner" in page
        assert str(sam) in page
    assert client.get("/admin/accounts/auditevent/export/").status_code == 200
    event = AuditEvent.objects.get(action="exported")
    assert (event.actor, event.impersonator) == (fay, sam)
    assert finish(client).status_code == 302
    assert "c-banner" not in client.get("/admin/").content.decode()
    around = AuditEvent.objects.filter(action__startswith="impersonation").order_by("position")
    assert [(event.action, event.actor, event.impersonator) for event in around] == [
        ("impersonation started", sam, None),
        ("impersonation ended", sam, None),
    ]
    assert around[0].details == {"reason": "Ticket 12"}


def test_whoever_it_was_about_sees_it(client: Client, sam: User, fay: User) -> None:
    begin(client, fay)
    theirs = logged_in(fay)
    page = theirs.get("/admin/account/").content.decode()
    assert "Support acted as you" in page
    assert "Ticket 12" in page
    assert "impersonation started" in theirs.get("/admin/accounts/auditevent/").content.decode().lower()


def test_a_reason_is_needed_and_looking_begins_nothing(client: Client, fay: User) -> None:
    assert client.get(f"/admin/accounts/user/{fay.pk}/impersonate/").status_code == 200
    assert begin(client, fay, "  ").status_code == 200
    assert not Impersonation.objects.exists()
    assert client.get("/admin/account/impersonation/end/").status_code == 405


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.OWNER])
def test_never_as_somebody_who_may_do_more(client: Client, harbour: Organization, role: Role) -> None:
    assert begin(client, person(harbour, role)).status_code == 403
    assert not Impersonation.objects.exists()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.READ_ONLY])
def test_only_support_and_owners(harbour: Organization, fay: User, role: Role) -> None:
    other = person(harbour, Role.READ_ONLY, "other")
    assert begin(logged_in(person(harbour, role, "who")), other).status_code == 403
    assert begin(logged_in(person(harbour, Role.OWNER)), fay).status_code == 302


def test_nobody_of_the_neighbours_nor_who_works_there_too(client: Client, sam: User, fay: User) -> None:
    charlies = cast.create_organization("Charlie's Chargers")
    charlie = cast.create_staff(charlies, "charlie@charlies.example", Role.READ_ONLY)
    assert begin(client, charlie).status_code == 404
    assert begin(logged_in(charlie), fay).status_code == 404
    Membership.objects.create(user=fay, organization=charlies, role=Role.READ_ONLY)
    assert begin(client, fay).status_code == 403
    root = User.objects.create_superuser("root@csms.example", "x")
    assert begin(client, root).status_code == 404
    fay.memberships.filter(organization=charlies).delete()
    User.objects.filter(pk=fay.pk).update(is_active=False)
    assert begin(client, fay).status_code == 403
    assert begin(client, sam).status_code == 403
    assert not Impersonation.objects.exists()


def test_nobody_acts_as_two_people(client: Client, harbour: Organization, fay: User) -> None:
    begin(client, fay)
    assert begin(client, person(harbour, Role.READ_ONLY)).status_code == 403
    assert Impersonation.objects.count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "account/",
        "account/second-factor/set-up/",
        "account/second-factor/recovery-codes/",
        "password_change/",
        "api/apikey/",
        "api/apikey/add/",
        "api/oauthclient/",
        "accounts/user/add/",
        "accounts/invitation/add/",
        "accounts/membership/add/",
    ],
)
def test_what_would_outlast_the_visit_stays_closed(harbour: Organization, url: str) -> None:
    """Also for an owner who acts as another owner, who might otherwise open it all."""
    client = logged_in(person(harbour, Role.OWNER))
    begin(client, person(harbour, Role.OWNER, "second"))
    assert client.get(f"/admin/{url}").status_code == 403
    assert client.post(f"/admin/{url}", {"code": "123456"}).status_code == 403


def test_after_its_time_it_is_over(client: Client, sam: User, fay: User) -> None:
    begin(client, fay)
    session = client.session
    assert person_of(sam.pk, session) == fay.pk
    Impersonation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert person_of(sam.pk, session) == sam.pk
    assert client.get("/admin/drivers/driver/").status_code == 302
    assert "c-banner" not in client.get("/admin/drivers/driver/").content.decode()
    event = AuditEvent.objects.get(action="impersonation ended")
    assert (event.actor, event.details) == (sam, {"why": "The time was over."})
    assert finish(client).status_code == 302


def test_it_also_ends_when_the_browser_never_comes_back(client: Client, fay: User) -> None:
    begin(client, fay)
    assert end_expired() == 0
    Impersonation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert (end_expired(), end_expired()) == (1, 0)


def test_whoever_loses_the_right_loses_it_at_once(client: Client, sam: User, fay: User) -> None:
    begin(client, fay)
    sam.memberships.update(role=Role.READ_ONLY)
    assert client.get("/admin/").status_code == 302
    assert AuditEvent.objects.get(action="impersonation ended").details == {"why": "The rights of one of them changed."}


def test_logging_out_ends_both(client: Client, sam: User, fay: User) -> None:
    begin(client, fay)
    client.post("/admin/logout/")
    assert Impersonation.objects.get().ended_at is not None
    assert [event.actor for event in AuditEvent.objects.filter(action="logged out")] == [sam]
    assert client.get("/admin/").status_code == 302


def test_a_superuser_needs_the_second_factor_that_is_required_there(harbour: Organization, fay: User) -> None:
    Organization.objects.update(requires_second_factor=True)
    root = User.objects.create_superuser("root@csms.example", "x")
    page = begin(logged_in(root), fay).content.decode()
    assert "requires a second factor" in page
    assert not Impersonation.objects.exists()
