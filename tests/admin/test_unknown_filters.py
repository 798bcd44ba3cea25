"""A filter asked for what it does not offer never passes all rows for those that match."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages import get_messages
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import Organization
from accounts.roles import Role
from jobs.models import Job
from stations.models import ChargingStation, CommandBatch
from tests.admin.test_isolation import changelist, label, logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db

# They offer what the newest events have, and an older one may be asked for: none of them is then shown, under its name.
OPEN = {"what", "object_type"}


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Xanadu")


@pytest.fixture
def owner(world: World) -> Client:
    return logged_in(world.staff[Role.OWNER])


def offered_parameters(model: Any, world: World) -> list[str]:
    """Of every filter with a list of choices the parameter that carries the choice."""
    request = RequestFactory().get("/")
    request.user = world.staff[Role.OWNER]
    model_admin = admin.site._registry[model]
    filters = model_admin.get_changelist_instance(request).get_filters(request)[0]
    return [
        str(each.expected_parameters()[0])
        for each in filters
        if isinstance(each, admin.SimpleListFilter | admin.ChoicesFieldListFilter)
    ]


def said(page: Any) -> str:
    return " ".join(str(message) for message in get_messages(page.wsgi_request))


def test_every_filter_of_every_list_says_what_it_does_not_have(owner: Client, world: World) -> None:
    tried = 0
    for model in admin.site._registry:
        if not hasattr(model, "objects") or model not in world.rows:
            continue
        for parameter in offered_parameters(model, world):
            url = changelist(model)
            if parameter in OPEN:
                page = owner.get(url, {parameter: "no-such-choice"})
                assert (page.context["cl"].result_count, page.context["cl"].has_active_filters) == (0, True)
                continue
            answer = owner.get(url, {parameter: "no-such-choice", "q": "xyz"})
            assert (answer.status_code, answer.headers.get("Location")) == (302, f"{url}?q=xyz"), (url, parameter)
            assert "has no value “no-such-choice” here, and was left out" in said(owner.get(url))
            tried += 1
    assert tried > 20


def test_nothing_is_exported_changed_or_commanded_by_an_unknown_choice(owner: Client, world: World) -> None:
    wrong = "evse=Charging"
    stations = f"admin:{label(ChargingStation)}"
    for url in (
        reverse(f"{stations}_export_csv") + f"?{wrong}",
        reverse(f"{stations}_edit_many") + f"?filter={wrong}",
        reverse("console:many") + f"?filter={wrong}",
    ):
        assert owner.get(url).status_code == 404, url
    chosen = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [world[ChargingStation].pk], "post": "yes"}
    assert owner.post(f"{changelist(ChargingStation)}?{wrong}", chosen).status_code == 302
    assert ChargingStation.objects.filter(pk=world[ChargingStation].pk).exists()


def test_a_neighbours_organization_is_as_unknown_as_one_that_is_not_there(owner: Client) -> None:
    neighbour = build("Charlie's Chargers", "Quuxville").organization
    for key in (neighbour.pk, Organization.objects.latest("pk").pk + 1):
        page = owner.get(changelist(Job), {"organization__id__exact": key}, follow=True)
        assert f"has no value “{key}”" in said(page)
        assert "Charlie" not in said(page)


def test_a_choice_that_is_there_still_chooses(owner: Client, world: World) -> None:
    for model, query in (
        (ChargingStation, "evse=offline"),
        (ChargingStation, f"organization__id__exact={world.organization.pk}"),
        (CommandBatch, f"organization__id__exact={world.organization.pk}"),
    ):
        page = owner.get(f"{changelist(model)}?{query}")
        assert page.status_code == 200
        assert page.context["cl"].has_active_filters


def test_a_filter_that_no_list_has_is_named_too(owner: Client) -> None:
    page = owner.get(changelist(ChargingStation), {"is_enabled__exact": "perhaps"}, follow=True)
    assert "The list has no such filter. This is the whole list." in page.content.decode()
