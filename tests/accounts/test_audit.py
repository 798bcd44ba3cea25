"""The audit trail: who, from where, before and after; nobody changes it unnoticed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django import Settings

from accounts import audit
from accounts.models import AuditChain, AuditEvent, Organization, User
from accounts.origin import short_agent
from accounts.roles import Role
from drivers.models import IdToken
from stations.models import ChargingStation
from tests import cast
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

PASSWORD = "a-long-enough-word"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
LIST = "/admin/accounts/auditevent/"


@pytest.fixture(autouse=True)
def _without_collected_assets(settings: Settings) -> None:
    settings.STATIC_ROOT = None


@pytest.fixture
def world(db: None) -> World:
    return build("Harbour Energy", "Xanadu")


@pytest.fixture
def owner(world: World) -> Client:
    return logged_in(world.staff[Role.OWNER])


def last(action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action).latest("pk")


@pytest.fixture
def unprotected(world: World) -> Iterator[Any]:
    """Somebody with the database's password, who takes the trigger away."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        yield cursor


def test_a_change_is_there_with_before_and_after(world: World, owner: Client) -> None:
    site = world[type(world[ChargingStation].site)]
    form = {"name": "Quay", "time_zone": "Europe/Berlin", "organization": site.organization_id, "country": "DE"}
    for inline in ("opening_periods", "opening_exceptions"):
        form |= {f"{inline}-TOTAL_FORMS": "0", f"{inline}-INITIAL_FORMS": "0"}
    owner.post(f"/admin/stations/site/{site.pk}/change/", form, headers={"user-agent": FIREFOX})
    event = last("changed")
    assert event.details["changes"]["Name"] == {"before": "Site Xanadu", "after": "Quay"}
    assert "Time zone" not in event.details["changes"]
    assert (event.actor, event.address, event.agent) == (world.staff[Role.OWNER], "127.0.0.1", "Firefox 133 on Linux")


def test_secrets_and_tokens_are_masked(world: World, owner: Client) -> None:
    token = world[IdToken]
    owner.post(f"/admin/drivers/idtoken/{token.pk}/delete/", {"post": "yes"})
    owner.post(
        "/admin/drivers/idtoken/add/",
        {"organization": world.organization.pk, "value": "04AABBCCDDEEFF", "type": "ISO14443", "label": ""},
    )
    assert last("added").details["changes"]["Value"] == {"before": "", "after": "••••EEFF"}
    everything = str(list(AuditEvent.objects.values("details", "object_label")))
    assert "SECRETUID" not in everything
    assert "04AABB" not in everything
    assert "blake2" not in everything


def test_logins_and_passwords_are_there(db: None) -> None:
    harbour = cast.create_organization()
    cast.create_staff(harbour, "olga@harbour.example", Role.OPERATOR, password=PASSWORD)
    client = Client(headers={"host": "localhost"})
    login = {"username": "olga@harbour.example", "password": "wrong"}
    client.post("/admin/login/", login)
    client.post("/admin/login/", {"username": "nobody@harbour.example", "password": "wrong"})
    client.post("/admin/login/", login | {"password": PASSWORD})
    new = {"old_password": PASSWORD, "new_password1": "another-long-word", "new_password2": "another-long-word"}
    client.post("/admin/password_change/", new)
    client.post("/admin/logout/")
    told = list(AuditEvent.objects.order_by("position").values_list("action", "organization", "object_label"))
    assert told == [
        (action, harbour.pk, "olga@harbour.example")
        for action in ("login failed", "logged in", "password set", "logged out")
    ]


def test_a_command_is_there(world: World, owner: Client) -> None:
    station = world[ChargingStation]
    owner.post(f"/admin/stations/chargingstation/{station.pk}/command/reset/", {"kind": "soft"})
    event = last("command sent")
    assert (event.object_id, event.details["kind"]) == (str(station.pk), "Reset")


def test_the_database_refuses_to_change_or_delete(world: World) -> None:
    for statement in ("UPDATE accounts_auditevent SET action = 'x'", "DELETE FROM accounts_auditevent"):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_whole_chain_is_found_whole(world: World, owner: Client) -> None:
    for number in range(3):
        audit.record(actor=None, action="tested", target=world.organization, fraction=0.1 * number, text="a\x00b")
    answer = owner.post(f"{LIST}verify/", follow=True)
    assert "as they were written" in answer.content.decode()
    call_command("verify_audit", verbosity=0)


@pytest.mark.parametrize(
    ("tampering", "reason"),
    [
        ("UPDATE accounts_auditevent SET object_label = 'Innocent' WHERE position = 2", "changed after it was written"),
        ("DELETE FROM accounts_auditevent WHERE position = 2", "An event before this one is missing"),
        ("DELETE FROM accounts_auditevent WHERE position = 4", "The chain has 4 events, 3 are there"),
        ("DELETE FROM accounts_auditchain", "The chain has 0 events, 4 are there"),
    ],
)
def test_tampering_is_found(world: World, unprotected: Any, tampering: str, reason: str) -> None:
    AuditEvent.objects.all()._raw_delete("default")
    AuditChain.objects.all().delete()
    for number in range(4):
        audit.record(actor=None, action=f"tested {number}", target=world.organization)
    unprotected.execute(tampering)
    with pytest.raises(CommandError, match=reason):
        call_command("verify_audit", verbosity=0)
    owner = Client(headers={"host": "localhost"})
    user = User.objects.get(pk=world.staff[Role.OWNER].pk)
    [broken] = [audit.first_break(chain) for chain in audit.chains_of(user)]
    assert broken
    assert reason in str(broken)
    assert owner.post(f"{LIST}verify/").status_code == 302


def test_many_write_at_the_same_time(committed: None) -> None:
    harbour, charlies = cast.create_organization(), cast.create_organization("Charlie's Chargers")

    def write(number: int) -> None:
        audit.record(actor=None, action="tested", target=(harbour, charlies)[number % 2], number=number)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(40)))
    assert [(chain.length, audit.first_break(chain)) for chain in audit.chains_of()] == [(20, None), (20, None)]


def test_writers_of_other_organizations_do_not_wait(committed: None) -> None:
    harbour, charlies = cast.create_organization(), cast.create_organization("Charlie's Chargers")

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 2000")
        audit.record(actor=None, action="tested", target=charlies)
        connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        audit.record(actor=None, action="tested", target=harbour)
        pool.submit(write).result()


def test_who_works_for_two_is_told_to_both(db: None) -> None:
    harbour, charlies = cast.create_organization(), cast.create_organization("Charlie's Chargers")
    both = cast.create_staff(harbour, "both@harbour.example", Role.FINANCE)
    both.memberships.create(organization=charlies, role=Role.READ_ONLY)
    audit.record(actor=both, action="logged in", target=both)
    assert set(AuditEvent.objects.values_list("organization", "position")) == {(harbour.pk, 1), (charlies.pk, 1)}


def test_the_page_of_an_event_tells_all(world: World, owner: Client) -> None:
    site = world[type(world[ChargingStation].site)]
    changes = {"Name": {"before": "Pier", "after": "<b>Quay</b>"}}
    event = audit.record(
        actor=world.staff[Role.OWNER], action="changed", target=site, changes=changes, reason="Renamed"
    )
    page = owner.get(f"{LIST}{event.pk}/").content.decode()
    for shown in ("Pier", "&lt;b&gt;Quay&lt;/b&gt;", "Renamed", event.hash, "As it was written"):
        assert shown in page


def test_the_history_of_an_object_is_its_part_of_the_trail(world: World, owner: Client) -> None:
    site = world[type(world[ChargingStation].site)]
    audit.record(actor=world.staff[Role.OWNER], action="painted", target=site)
    audit.record(actor=world.staff[Role.OWNER], action="sold", target=world[IdToken])
    page = owner.get(f"/admin/stations/site/{site.pk}/history/", follow=True).content.decode()
    table = page[page.index('id="result_list"') : page.index("</table>")]
    assert "Painted" in table
    assert "Sold" not in table


def test_the_export_has_the_filtered_rows_and_runs_no_formula(world: World, owner: Client) -> None:
    site = world[type(world[ChargingStation].site)]
    site.name = "=1+1"
    audit.record(actor=world.staff[Role.OWNER], action="painted", target=site)
    answer = owner.get(f"{LIST}export/", {"what": "painted"})
    lines = b"".join(answer).decode().splitlines()
    assert len(lines) == 2
    assert "'=1+1" in lines[1]
    assert last("exported").actor == world.staff[Role.OWNER]


def test_the_neighbour_exports_and_verifies_only_their_own(world: World) -> None:
    charlie = logged_in(build("Charlie's Chargers", "Quuxville").staff[Role.OWNER])
    exported = b"".join(charlie.get(f"{LIST}export/")).decode()
    assert "Xanadu" not in exported
    assert "Quuxville" in exported
    assert "Xanadu" not in charlie.post(f"{LIST}verify/", follow=True).content.decode()
    assert charlie.get(f"{LIST}verify/").status_code == 405


@pytest.mark.parametrize(
    ("agent", "short"),
    [
        (FIREFOX, "Firefox 133 on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604",
            "Safari 17 on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/131.0.0.0 Safari/537.36 Edg/131.0", "Edge 131 on Windows"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
        ("x" * 500, "x" * 60),
    ],
)
def test_a_device_is_named_shortly(agent: str, short: str) -> None:
    assert short_agent(agent) == short


def test_an_organization_with_a_trail_stays(world: World) -> None:
    with pytest.raises(Exception, match="protected"):
        Organization.objects.filter(pk=world.organization.pk).delete()
