"""Every page of the admin and the console, for every role: what accounts/roles.py says is what happens.

The pages are found in the resolver and what they do is seen in the statements they send, so that a new page is covered
without anybody remembering. What strangers get from the same pages is in test_isolation.py.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import resolve, reverse

from accounts.models import AuditEvent, User
from accounts.roles import PERMISSIONS, Role, allows
from tests.admin.asked import Asked, everybody, logged_in, newcomers
from tests.admin.doors import all_doors
from tests.admin.test_isolation import TENANT_ADMINS, label
from tests.admin.undoing import undone, written
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db

# A row that comes with another: whoever may write that one writes this.
BELONGS_TO = {
    "stations.command": "stations.chargingstation",
    "stations.evse": "stations.chargingstation",
    "stations.connector": "stations.chargingstation",
    "charging.session": "charging.sessionanomaly",
}
READ = {"changelist": "view", "add": "add", "change": "view", "delete": "delete", "history": "view"}
PEOPLE = "/admin/accounts/"
KNOWS_ROLES = re.compile(r"accounts\.roles import|\.roles?\b(?! import)|_role\b(?=[\"'=_])|\brole=")
NO_PAGE = re.compile(r"/migrations/|/\.venv/|/csms/(?:demo|embedded)/")
# And what for. No other module can decide by a role, but only ask what it allows.
MAY_KNOW_ROLES = {
    "accounts/models/people.py": "who is there",
    "accounts/backends.py": "what is allowed, and whether there is any role",
    "accounts/impersonation.py": "what one role allows and another does not",
    "accounts/roletable.py": "the table",
    "csms/console/roles.py": "the table",
    "accounts/looks.py": "names and colours",
    "accounts/models/access.py": "the roles that can be given",
    "accounts/admin/people.py": "the roles that others have",
    "accounts/admin/invitations.py": "the role that is offered",
    "csms/console/invitations.py": "the role that is offered",
    "accounts/services/invitations.py": "the role that is given",
    "api/services/webhooks.py": "the owners, who get a mail",
    "live/consumers.py": "whether it is another than before",
}
SENT = {"post": "yes", "reason": "because", "kind": "soft", "name": "Forged", "email": "forged@mail.example"}


class Page(NamedTuple):
    url: str
    name: str


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Xanadu")


def pages(world: World) -> list[Page]:
    doors = [door for door in all_doors() if not door.opens_a_row or door.model in world.rows]
    return [Page(url, str(resolve(url).view_name)) for door in doors for url in door.urls(world)]


def may_write(role: Role, verb: str, model: str) -> bool:
    """By the verb itself, or by one that is named for this model alone, such as ``command`` or ``resolve``."""
    for name in (model, BELONGS_TO.get(model, model)):
        app, _, short = name.partition(".")
        named = {
            permission
            for patterns in PERMISSIONS.values()
            for permission in patterns
            if "*" not in permission and permission.startswith(f"{app}.") and permission.endswith(f"_{short}")
        }
        # A new state of a row is often told by a row beside it: who may change the one may add the other.
        wanted = {f"{app}.{verb}_{short}", f"{app}.change_{short}", *(named - {f"{app}.delete_{short}"})}
        if any(allows(role, permission) for permission in wanted if "view_" not in permission):
            return True
    return False


def test_what_an_operator_sends_writes_only_what_the_role_allows(
    world: World, asked: Asked, navigated_once: None
) -> None:
    """The role that writes much, and whole pages; an owner may write everything there is a page for."""
    operator = {Role.OPERATOR: everybody(world)[Role.OPERATOR]}
    assert written_beyond(pages(world), asked, operator) == []


def test_what_others_send_writes_only_what_the_role_allows(world: World, asked: Asked, unrendered: None) -> None:
    """What is about people is sent by each of them: a row may be their own. No other row is."""
    others = everybody(world)
    del others[Role.OWNER], others[Role.OPERATOR]
    assert made_by({world.staff[role] for role in others}, world) <= {"accounts"}
    assert written_beyond(pages(world), asked, others) == []


def written_beyond(sent: list[Page], asked: Asked, clients: dict[Role, Client]) -> list[str]:
    found = []
    for page in sent:
        # Who acts as somebody else is nobody else any more: test_impersonation.py.
        if "/account/" in page.url or page.url.endswith(("logout/", "impersonate/")):
            continue
        for _, client in asked.apart(clients, is_each=page.url.startswith(PEOPLE)):
            with undone() as captured:
                answer = client.post(page.url, SENT)
            assert answer.status_code < 500, page
            found += [
                f"{role} {verb} {model} by POST {page.url}"
                for verb, model in written(captured)
                for role in asked.alike()
                if not may_write(role, verb, model)
            ]
    return found


def made_by(people: set[User], world: World) -> set[str]:
    """The apps with rows that point to one of them."""
    keys = {user.pk for user in people}
    return {
        model._meta.app_label
        for model, row in world.rows.items()
        for field in model._meta.fields
        if field.related_model is User and getattr(row, field.attname) in keys
    }


def test_pages_open_as_the_role_allows_and_reading_writes_nothing(world: World, asked: Asked, unrendered: None) -> None:
    """What is read when it is rendered writes nothing either: test_isolation.py."""
    clients, found = newcomers(world), []
    verbs_of = {f"admin:{label(model)}_{page}": (model, verb) for model in TENANT_ADMINS for page, verb in READ.items()}
    for page in pages(world):
        if page.name not in verbs_of:
            continue
        model, verb = verbs_of[page.name]
        offered = verb in admin.site._registry[model].verbs  # type: ignore[attr-defined]
        wanted = f"{model._meta.app_label}.{verb}_{model._meta.model_name}"
        for _, client in asked.apart(clients):
            with undone() as captured:
                status = client.get(page.url).status_code
            found += [f"GET {page.url} does {verb} {model}" for verb, model in written(captured)]
            for role in asked.alike():
                if (status in {200, 302}) != (offered and allows(role, wanted)):
                    found.append(f"{role} GET {page.url} gives {status}")
    assert found == []


def test_a_role_is_read_in_one_place_and_only_asked_elsewhere() -> None:
    """What asked.py stands on: ``User.roles`` reads the roles of who is there, ``allows`` says what they are worth."""
    root = Path(__file__).parents[2]
    ours = [path for config in apps.get_app_configs() for path in Path(config.path).rglob("*.py")]
    knowing = {
        str(path.relative_to(root))
        for path in ours
        if root in path.parents and KNOWS_ROLES.search(path.read_text()) and not NO_PAGE.search(str(path))
    }
    assert knowing == set(MAY_KNOW_ROLES)


READING = ("admin:stations_site_export_csv", "admin:stations_site_export_xlsx", "console:map", "console:dashboard_load")


@pytest.mark.parametrize("name", READING)
def test_what_only_reads_takes_nothing_that_is_sent(world: World, name: str) -> None:
    """Nor does an export note in the audit trail that something left."""
    owner, count = logged_in(world.staff[Role.OWNER]), AuditEvent.objects.count()
    assert owner.post(reverse(name)).status_code == 405
    assert AuditEvent.objects.count() == count
    assert owner.get(reverse(name)).status_code == 200
