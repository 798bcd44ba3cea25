"""Charlie sees nothing of Harbour Energy's: every URL of the admin and the console, every role, read and write.

Charlie has each role in turn, but a page is asked for anew only where a role may make a difference: see ``asked.py``.
Nothing of Harbour Energy's is the own of anybody among Charlie's people.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import ForeignKey, Model
from django.test import Client
from django.urls import reverse

from accounts.models import User, organization_of
from accounts.roles import Role, allows
from stations.models import ChargingStation, Command, GatewayProcess
from tests.admin.asked import Asked, everybody, newcomers
from tests.admin.asked import logged_in as logged_in
from tests.admin.doors import Door, all_doors
from tests.admin.undoing import undone, written
from tests.admin.world import World, build, everything_of

pytestmark = pytest.mark.django_db

MARK, NEIGHBOUR = "Xanadu", "Quuxville"
NOTHING_THERE = {302, 403, 404, 405}
TENANT_ADMINS = [
    model
    for model in admin.site._registry
    if hasattr(model, "organization_path") or any(field.name == "organization" for field in model._meta.fields)
]

every_role = pytest.mark.parametrize("role", list(Role))


@pytest.fixture
def harbour() -> World:
    return build("Harbour Energy", MARK)


@pytest.fixture
def neighbour(harbour: World) -> World:
    return build("Charlie's Chargers", NEIGHBOUR)


def text_of(answer: Any) -> str:
    """Exports are streamed, and a workbook is packed."""
    content: bytes = b"".join(answer) if answer.streaming else answer.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"".join(map(book.read, book.namelist()))
    return content.decode(errors="replace")


def row_doors() -> Iterator[Door]:
    return (door for door in all_doors() if door.opens_a_row and door.model is not None)


def covered_doors(world: World) -> list[Door]:
    return [door for door in row_doors() if door.model in world.rows]


def test_every_tenant_model_of_the_admin_is_in_this_test(harbour: World) -> None:
    missing = [model._meta.label for model in TENANT_ADMINS if model not in harbour.rows]
    assert missing == [], "Add a row of these to tests/admin/world.py"


def test_the_neighbour_reads_nothing(harbour: World, neighbour: World, asked: Asked) -> None:
    clients = everybody(neighbour)
    for door in covered_doors(harbour):
        for url in door.urls(harbour):
            for role, charlie in asked.apart(clients):
                answer = charlie.get(url)
                assert answer.status_code in NOTHING_THERE, f"{role} GET {url} gives {answer.status_code}"
                assert MARK not in text_of(answer), f"{role} GET {url} shows a neighbour's row"


def test_lists_forms_filters_and_fragments_show_only_own_rows(
    harbour: World, neighbour: World, asked: Asked, navigated_once: None
) -> None:
    """And reading writes nothing: neither for who may write everything, nor for who may only look."""
    clients = newcomers(neighbour)
    readers = {role: clients[role] for role in (Role.OWNER, Role.READ_ONLY)}
    for url in read_by_staff(neighbour):
        for role, charlie in asked.apart(readers):
            with undone() as captured:
                answer = charlie.get(url)
                text = text_of(answer)
            assert answer.status_code in {200, *NOTHING_THERE}, f"{role} GET {url} gives {answer.status_code}"
            assert MARK not in text, f"{role} GET {url} shows a neighbour's row"
            assert written(captured) == set(), f"{role} GET {url} writes"


def read_by_staff(world: World) -> Iterator[str]:
    """Which rows are exported is chosen for the three formats in one place: each list in one, one list in each."""
    for door in all_doors():
        if door.route.endswith((".xlsx", ".jsonl")) and door.model is not ChargingStation:
            continue
        if not door.opens_a_row or door.model in world.rows:
            yield from door.urls(world)


def test_the_neighbour_changes_nothing(harbour: World, neighbour: World, asked: Asked) -> None:
    clients, before = everybody(neighbour), everything_of(harbour)
    for door in covered_doors(harbour):
        for url in door.urls(harbour):
            for role, charlie in asked.apart(clients):
                answer = charlie.post(url, {"post": "yes", "reason": "because", "kind": "hard", "is_active": ""})
                assert answer.status_code in NOTHING_THERE, f"{role} POST {url} gives {answer.status_code}"
    assert everything_of(harbour) == before


def test_actions_on_selected_rows_of_the_neighbour_do_nothing(
    harbour: World, neighbour: World, asked: Asked, navigated_once: None
) -> None:
    clients, before = newcomers(neighbour), everything_of(harbour)
    for model in TENANT_ADMINS:
        actions = ["delete_selected", *(str(action) for action in admin.site._registry[model].actions or ())]
        for action in actions:
            chosen = {"action": action, ACTION_CHECKBOX_NAME: [harbour[model].pk], "post": "yes"}
            for role, charlie in asked.apart(clients):
                told = f"{role} {action} of {model._meta.label}"
                with undone() as captured:
                    answer = charlie.post(changelist(model), chosen)
                    assert not written(captured) or everything_of(harbour) == before, told
                assert answer.status_code in {200, 302, 403}, told
                assert MARK not in answer.content.decode(), told
    assert everything_of(harbour) == before


def test_forms_take_no_row_of_the_neighbour(
    harbour: World, neighbour: World, asked: Asked, navigated_once: None
) -> None:
    """Each form is sent with every choice pointing to Harbour Energy."""
    clients, before = newcomers(neighbour), everything_of(harbour)
    for model, url in forms(neighbour):
        for role, charlie in asked.apart(clients):
            with undone() as captured:
                answer = charlie.post(url, forged(model, harbour), follow=False)
                assert answer.status_code in {200, 302, 403, 405}
                assert f">{MARK}" not in answer.content.decode()
                if written(captured):
                    assert everything_of(harbour) == before, f"{role} POST {url}"
                    assert ties_to_strangers(neighbour) == [], f"{role} POST {url}"
    assert everything_of(harbour) == before


def forms(world: World) -> Iterator[tuple[type[Model], str]]:
    for model in TENANT_ADMINS:
        yield model, reverse(f"admin:{label(model)}_add")
        yield model, change(model, world)


@every_role
def test_choices_offered_while_typing_are_own_rows(harbour: World, neighbour: World, role: Role) -> None:
    charlie = logged_in(neighbour.staff[role])
    for model, field in (
        ("stations.chargingstation", "site"),
        ("drivers.idtoken", "driver"),
        ("drivers.idtoken", "group"),
    ):
        app, name = model.split(".")
        answer = charlie.get(
            reverse("admin:autocomplete"), {"app_label": app, "model_name": name, "field_name": field, "term": ""}
        )
        assert MARK not in answer.content.decode()
        if answer.status_code == 200:
            assert NEIGHBOUR in answer.content.decode()


def test_the_search_over_everything_finds_only_own_rows(harbour: World, neighbour: World) -> None:
    charlie = logged_in(neighbour.staff[Role.OWNER])
    theirs = charlie.get(reverse("admin:search"), {"s": MARK, "extended": "1"})
    own = charlie.get(reverse("admin:search"), {"s": NEIGHBOUR, "extended": "1"})
    assert f"Station {MARK}" not in theirs.content.decode()
    assert f"Station {NEIGHBOUR}" in own.content.decode()


@every_role
def test_what_belongs_to_the_server_is_for_superusers(harbour: World, role: Role) -> None:
    olga = logged_in(harbour.staff[role])
    doors = [door for door in all_doors() if door.route.startswith("django_celery_beat/")]
    assert doors
    for door in doors:
        if not door.opens_a_row:
            assert olga.get("/admin/" + door.route).status_code == 403, door.route
    assert olga.get(changelist(GatewayProcess)).status_code == 403


def test_there_is_no_second_way_to_permissions() -> None:
    assert not [model for model in admin.site._registry if model._meta.label == "auth.Group"]


def test_own_rows_are_listed_for_whoever_may_see_them(harbour: World, asked: Asked, unrendered: None) -> None:
    """Which pages open for whom is in test_permission_matrix.py."""
    clients = newcomers(harbour)
    for model in TENANT_ADMINS:
        seeing = {role: olga for role, olga in clients.items() if allows(role, permission("view", model))}
        for role, olga in asked.apart(seeing):
            answer: Any = olga.get(changelist(model))
            # Not by the mark: each page bears the name of who looks at it.
            shown = answer.context_data["cl"].result_list
            assert harbour[model] in shown, f"{model._meta.label} hides an own row from {role}"


def test_own_rows_are_changed_only_as_the_role_allows(harbour: World, asked: Asked) -> None:
    clients, colleagues = newcomers(harbour), everybody(harbour)
    before = everything_of(harbour)
    for model in TENANT_ADMINS:
        refused = [role for role in Role if not allows(role, permission("change", model))]
        # One of them is who is to be changed.
        is_own = model._meta.app_label == "accounts"
        walked = {role: colleagues[role] for role in refused}.items() if is_own else None
        for role, olga in walked or asked.apart({role: clients[role] for role in refused}):
            answer = olga.post(change(model, harbour), forged(model, harbour))
            assert answer.status_code in NOTHING_THERE, f"{role} may change {model._meta.label}"
    assert everything_of(harbour) == before


@every_role
def test_commands_are_sent_only_as_the_role_allows(harbour: World, role: Role) -> None:
    olga = logged_in(harbour.staff[role])
    url = reverse("console:command", args=[harbour[ChargingStation].pk, "reset"])
    count = Command.objects.count()
    may = allows(role, "stations.command_chargingstation")
    assert olga.post(url, {"kind": "soft"}).status_code == (200 if may else 403)
    assert Command.objects.count() == count + may


@every_role
def test_a_password_is_set_only_as_the_role_allows(harbour: World, role: Role) -> None:
    olga = logged_in(harbour.staff[role])
    station = harbour[ChargingStation]
    answer = olga.post(reverse("console:station_password", args=[station.pk]))
    may = allows(role, "stations.change_chargingstation")
    assert answer.status_code == (200 if may else 403)
    is_new = ChargingStation.objects.get(pk=station.pk).secret_hash != station.secret_hash
    assert is_new == may


def test_who_is_inactive_is_nobody(harbour: World) -> None:
    olga = harbour.staff[Role.OWNER]
    client = logged_in(olga)
    assert client.get(reverse("admin:index")).wsgi_request.user == olga
    User.objects.filter(pk=olga.pk).update(is_active=False)
    answer = client.get(reverse("admin:index"))
    assert (answer.status_code, answer.wsgi_request.user.is_anonymous) == (302, True)


@pytest.mark.parametrize("user", ["nobody", "driver"])
def test_who_is_no_staff_is_sent_to_the_login(harbour: World, user: str) -> None:
    olga = harbour.staff[Role.OWNER]
    client = Client(headers={"host": "localhost"})
    if user == "driver":
        client.force_login(olga)
        User.objects.filter(pk=olga.pk).update(is_staff=False)
    for door in covered_doors(harbour):
        for url in door.urls(harbour):
            answer = client.get(url)
            assert (answer.status_code, "login" in answer.headers["Location"]) == (302, True), url


def label(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


def permission(verb: str, model: type[Model]) -> str:
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def changelist(model: type[Model]) -> str:
    return reverse(f"admin:{label(model)}_changelist")


def change(model: type[Model], world: World) -> str:
    return reverse(f"admin:{label(model)}_change", args=[world[model].pk])


def forged(model: type[Model], world: World) -> dict[str, Any]:
    """Plausible input whose every choice is a row of the world."""
    data: dict[str, Any] = {"name": "Forged", "identity": "FORGED", "value": "F0F0F0F0", "type": "ISO14443"}
    data |= {"time_zone": "UTC", "group_id": "F", "role": Role.OWNER, "email": "forged@mail.example"}
    data |= {"registration": "accepted", "security_profile": "1", "is_enabled": "on", "is_superuser": "on"}
    data |= {"vendor_pattern": "F*", "traits": ["boots_late"]}
    data |= {"currency": "EUR", "kind": "operator", "slug": "forged", "heartbeat_interval_s": "300"}
    for prefix in ("evses", "memberships", "tokens", "opening_periods", "opening_exceptions"):
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    for field in model._meta.fields:
        if isinstance(field, ForeignKey) and field.remote_field.model in world.rows:
            data[field.name] = world[field.remote_field.model].pk
    return data


def ties_to_strangers(world: World) -> list[str]:
    """Rows of the organization that point to a row of another."""
    strangers = []
    for model in TENANT_ADMINS:
        path = getattr(model, "organization_path", "organization")
        for row in model._default_manager.filter(**{path: world.organization.pk}):
            for field in model._meta.fields:
                target = getattr(row, field.name) if isinstance(field, ForeignKey) else None
                theirs = organization_of(target) if isinstance(target, Model) and type(target) in world.rows else None
                if theirs not in (None, world.organization.pk):
                    strangers.append(f"{model._meta.label} {row} points to {field.name} {target}")
    return strangers
