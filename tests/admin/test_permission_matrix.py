"""Every page of the admin and the console, for every role: what accounts/roles.py says is what happens.

The pages are found in the resolver and what they do is seen in the statements they send, so that a new page is covered
without anybody remembering. What strangers get from the same pages is in test_isolation.py.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from accounts.roles import PERMISSIONS, Role, allows
from tests.admin.doors import all_doors
from tests.admin.test_isolation import TENANT_ADMINS, label, logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db

WRITE = re.compile(r'^(?:WITH .*?)?(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"', re.DOTALL)
VERBS = {"INSERT INTO": "add", "UPDATE": "change", "DELETE FROM": "delete"}
# Written for everybody: what was done, with which browser, and what programs are told of it.
OWN = re.compile(
    r"api_event|django_session|django_admin_log|accounts_audit\w+|accounts_usersession|account_\w+|mfa_\w+|axes_\w+|.*saved\w+"
)
# A row that comes with another: whoever may write that one writes this.
BELONGS_TO = {
    "stations.command": "stations.chargingstation",
    "stations.evse": "stations.chargingstation",
    "stations.connector": "stations.chargingstation",
    "charging.session": "charging.sessionanomaly",
}
READ = {"changelist": "view", "add": "add", "change": "view", "delete": "delete", "history": "view"}
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


@pytest.fixture
def mostly_unrendered(request: pytest.FixtureRequest, role: Role) -> None:
    if role != RENDERED[request.function]:
        request.getfixturevalue("unrendered")


@contextmanager
def undone() -> Iterator[CaptureQueriesContext]:
    with transaction.atomic():
        with CaptureQueriesContext(connection) as captured:
            yield captured
        transaction.set_rollback(True)


def written(captured: CaptureQueriesContext) -> set[tuple[str, str]]:
    """The verbs and the models (``app.model``) of the statements."""
    models = {model._meta.db_table: model._meta.label_lower for model in apps.get_models()}
    found = (WRITE.match(query["sql"]) for query in captured.captured_queries)
    return {(VERBS[match[1]], models[match[2]]) for match in found if match and not OWN.fullmatch(match[2])}


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


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
def test_what_is_sent_writes_only_what_the_role_allows(world: World, role: Role, mostly_unrendered: None) -> None:
    """An owner may write everything there is a page for."""
    client, found = logged_in(world.staff[role]), []
    client.get("/admin/")
    for page in pages(world):
        # Who acts as somebody else is nobody else any more: test_impersonation.py.
        if "/account/" in page.url or page.url.endswith(("logout/", "impersonate/")):
            continue
        with undone() as captured:
            answer = client.post(page.url, SENT)
        # Nobody reads them, and each would be carried on.
        client.cookies.pop("messages", None)
        assert answer.status_code < 500, page
        found += [
            f"{role} {verb} {model} by POST {page.url}"
            for verb, model in written(captured)
            if not may_write(role, verb, model)
        ]
    assert found == []


@pytest.mark.parametrize("role", list(Role))
def test_pages_open_as_the_role_allows_and_reading_writes_nothing(
    world: World, role: Role, mostly_unrendered: None
) -> None:
    client, found = logged_in(world.staff[role]), []
    client.get("/admin/")
    expected = {
        f"admin:{label(model)}_{page}": verb in admin.site._registry[model].verbs  # type: ignore[attr-defined]
        and allows(role, f"{model._meta.app_label}.{verb}_{model._meta.model_name}")
        for model in TENANT_ADMINS
        for page, verb in READ.items()
    }
    for page in pages(world):
        # The parts and forms of the console read alike for everybody who sees them.
        if page.name not in expected and role != Role.READ_ONLY:
            continue
        with undone() as captured:
            status = client.get(page.url).status_code
        if page.name in expected and (status in {200, 302}) != expected[page.name]:
            found.append(f"{role} GET {page.url} gives {status}")
        found += [f"{role} GET {page.url} does {verb} {model}" for verb, model in written(captured)]
    assert found == []


# One role that writes much, and one that reads everything.
RENDERED = {
    test_what_is_sent_writes_only_what_the_role_allows: Role.OPERATOR,
    test_pages_open_as_the_role_allows_and_reading_writes_nothing: Role.READ_ONLY,
}
