"""Choosing a token of very many: the form stays short, typing finds the rest, and a neighbour's is never offered."""

from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import Organization
from accounts.roles import Role
from charging.models import SessionAnomaly
from csms.console.tokens import MOST_OFFERED
from drivers.models import Driver, IdToken
from stations.models import ChargingStation
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour() -> World:
    world = build("Harbour Energy", "Harbour")
    own = world[ChargingStation].organization
    IdToken.objects.bulk_create(
        IdToken(organization=own, value=f"FLEET{number:04}", key=f"fleet{number:04}", label=f"Fleet {number:04}")
        for number in range(3 * MOST_OFFERED)
    )
    return world


@pytest.fixture
def olga(harbour: World) -> Client:
    return logged_in(harbour.staff[Role.OPERATOR])


def offered(client: Client, organization: Organization, term: str, usable: int = 1) -> list[str]:
    answer = client.get(f"/admin/tokens/?organization={organization.pk}&usable={usable}&token_search={quote(term)}")
    assert answer.status_code == 200
    return [label for _, label in answer.context["tokens"]]


def test_forms_carry_a_few_tokens_and_take_any(harbour: World, olga: Client) -> None:
    station, anomaly = harbour[ChargingStation], harbour[SessionAnomaly]
    start = olga.get(f"/admin/stations/chargingstation/{station.pk}/command/start/").content.decode()
    correction = olga.get(f"/admin/charging/sessionanomaly/{anomaly.pk}/").content.decode()
    for page in (start, correction):
        assert page.count(">Fleet ") < MOST_OFFERED
        assert "/admin/tokens/?organization=" in page
    last = IdToken.objects.get(label=f"Fleet {3 * MOST_OFFERED - 1:04}")
    again = olga.post(f"/admin/stations/chargingstation/{station.pk}/command/start/", {"evse": "77", "token": last.pk})
    assert f'<option value="{last.pk}" selected>' in again.content.decode()
    assert "token" not in again.context["form"].errors


def test_typing_finds_a_token_by_label_driver_or_full_value(harbour: World, olga: Client) -> None:
    own = harbour[ChargingStation].organization
    IdToken.objects.filter(label="Fleet 0140").update(driver=Driver.objects.create(organization=own, name="Alice Quay"))
    assert offered(olga, own, "fleet 0149") == ["Fleet 0149"]
    assert offered(olga, own, "alice") == ["Alice Quay · Fleet 0140"]
    assert offered(olga, own, "FLEET0120") == ["Fleet 0120"]
    assert offered(olga, own, "fleet") == [f"Fleet {number:04}" for number in range(MOST_OFFERED)]
    assert offered(olga, own, "nothing like this") == []


def test_a_blocked_token_is_offered_for_a_correction_only(harbour: World, olga: Client) -> None:
    own = harbour[ChargingStation].organization
    IdToken.objects.filter(label="Fleet 0149").update(is_blocked=True)
    assert offered(olga, own, "fleet 0149") == []
    assert offered(olga, own, "fleet 0149", usable=0) == ["Fleet 0149"]


@pytest.mark.parametrize("number", ["", "x", "9" * 30, "²"])
def test_odd_organizations_do_not_exist(olga: Client, number: str) -> None:
    assert olga.get("/admin/tokens/", {"organization": number}).status_code == 404


def test_charlie_is_offered_nothing_of_alices(harbour: World) -> None:
    charlie = logged_in(build("Inland Charging", "Inland").staff[Role.OWNER])
    own = harbour[ChargingStation].organization
    assert charlie.get("/admin/tokens/", {"organization": own.pk, "token_search": "fleet"}).status_code == 404
