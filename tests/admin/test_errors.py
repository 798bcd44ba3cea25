"""Errors say what happened and what to do, and show nothing of the inside."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from accounts.roles import Role
from stations.models import ChargingStation
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Harbour")


def test_what_is_not_there(world: World) -> None:
    answer = logged_in(world.staff[Role.OWNER]).get("/admin/stations/chargingstation/999999/")
    assert answer.status_code == 404
    assert "an organization you are not a member of" in answer.content.decode()


def test_what_is_not_allowed(world: World) -> None:
    page = f"/admin/stations/chargingstation/{world[ChargingStation].pk}/command/reset/"
    answer = logged_in(world.staff[Role.READ_ONLY]).get(page)
    assert answer.status_code == 403
    assert "Your role does not allow this" in answer.content.decode()


def test_what_went_wrong() -> None:
    assert "Something went wrong here" in render_to_string("500.html")


def test_a_page_without_login_is_no_error(client: Client) -> None:
    assert client.get("/livez").status_code == 200
