"""Every route × every role and scope × own and foreign organization, from the router.

A route is asked for again only where a role may make a difference: see ``tests/admin/asked.py``.
"""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role, allows
from api.scopes import GRANTS, Scope, granted
from drivers.models import Driver, IdToken
from stations.models import ChargingStation, Site
from tests.admin.asked import Asked, newcomers
from tests.admin.undoing import undone, written
from tests.admin.world import World, everything_of
from tests.api.conftest import MARK, Caller, caller
from tests.api.routes import Route, all_routes

REFUSED = {401, 403}
DONE = {200, 201, 202}
# Bodies that do something where somebody may.
BODIES = {
    "PATCH": {"name": "Renamed", "label": "Renamed"},
    "accept": {"reason": "because"},
    "dismiss": {"reason": "because"},
}

every_scope = pytest.mark.parametrize("scope", list(Scope))


def body_of(route: Route) -> dict[str, object]:
    return dict(BODIES.get(route.action, BODIES.get(route.method, {})))


def ask(client: Any, route: Route, world: World) -> tuple[int, str]:
    answer = client.generic(route.method, route.url(world), json.dumps(body_of(route)), content_type="application/json")
    return answer.status_code, answer.content.decode()


def test_the_routes_are_found() -> None:
    names = {str(route) for route in all_routes()}
    assert {"GET chargingstation-list", "PATCH site-detail", "POST sessionanomaly-accept"} <= names
    assert len(names) >= 20


def test_each_permission_a_route_needs_is_granted_by_a_scope() -> None:
    ungrantable = [str(route) for route in all_routes() if not granted(Scope.values, route.permission)]
    assert ungrantable == [], "Add the permission to a scope in api/scopes.py"
    assert set(GRANTS) == set(Scope)


@every_scope
def test_a_scope_opens_its_routes_and_no_other(own: World, scope: Scope) -> None:
    program = caller(own, [scope])
    for route in all_routes():
        status, text = ask(program, route, own)
        if granted([scope], route.permission):
            assert status not in REFUSED, f"{scope} {route} gives {status}: {text[:200]}"
        else:
            assert status == 403, f"{scope} {route} gives {status}"


def test_staff_do_by_session_what_their_role_allows(own: World, asked: Asked) -> None:
    clients = newcomers(own)
    for route in all_routes():
        for _, olga in asked.apart(clients):
            with undone():
                status, text = ask(olga, route, own)
            for role in asked.alike():
                may = allows(role, route.permission)
                assert (status not in REFUSED) == may, f"{role} {route} gives {status}: {text[:200]}"


def test_a_program_with_every_scope_sees_nothing_of_the_neighbour(own: World, neighbour: World) -> None:
    charlie, before = caller(neighbour), everything_of(own)
    for route in all_routes():
        _finds_nothing(charlie, route, own)
    assert everything_of(own) == before


def test_staff_see_nothing_of_the_neighbour(own: World, neighbour: World, asked: Asked) -> None:
    clients, before = newcomers(neighbour), everything_of(own)
    for route in all_routes():
        for _, charlie in asked.apart(clients):
            with undone() as captured:
                _finds_nothing(charlie, route, own)
                assert not written(captured) or everything_of(own) == before, route
    assert everything_of(own) == before


def _finds_nothing(charlie: Client, route: Route, own: World) -> None:
    status, text = ask(charlie, route, own)
    assert MARK not in text, f"{route} shows a neighbour's row"
    if route.opens_a_row:
        assert status in {403, 404}, f"{route} gives {status}"


def test_lists_show_own_rows(own: World, neighbour: World) -> None:
    for route in all_routes():
        if route.method == "GET" and not route.opens_a_row:
            status, text = ask(caller(own), route, own)
            assert status == 200
            assert MARK in text or own.organization.slug in text, f"{route} hides an own row"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer csms_wrong_key", "Basic b2xnYTpvbGdh", "Bearer \xff"])
def test_without_a_valid_key_nothing_is_answered(own: World, header: str) -> None:
    nobody = Client(headers={"host": "localhost", "authorization": header})
    for route in all_routes():
        status, _ = ask(nobody, route, own)
        assert status == 401, f"{route} gives {status}"


def test_a_session_of_somebody_who_is_no_staff_opens_nothing(own: World) -> None:
    user = own.staff[Role.OWNER]
    user.is_staff = False
    user.save()
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    assert client.get(reverse("api:site-list")).status_code == 401


def test_a_write_by_session_needs_the_csrf_token(own: World) -> None:
    client = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    client.force_login(own.staff[Role.OWNER])
    answer = client.post(reverse("api:site-list"), {"name": "Quay"}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_no_row_of_the_neighbour_can_be_tied_to_an_own_one(own: World, neighbour: World) -> None:
    charlie: Caller = caller(neighbour)
    for name, body in (
        ("chargingstation", {"identity": "CC-1", "site": own[Site].pk}),
        ("idtoken", {"value": "04AABBCCDD", "driver": own[Driver].pk}),
        ("site", {"name": "Quay", "organization": own.organization.slug}),
    ):
        answer = charlie.write("POST", reverse(f"api:{name}-list"), body)
        assert answer.status_code == 400, answer.content
    station = reverse("api:chargingstation-detail", args=[neighbour[ChargingStation].identity])
    assert charlie.write("PATCH", station, {"site": own[Site].pk}).status_code == 400
    token = reverse("api:idtoken-detail", args=[neighbour[IdToken].pk])
    assert charlie.write("PATCH", token, {"driver": own[Driver].pk}).status_code == 400
