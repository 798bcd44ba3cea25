"""The command palette: whoever knows one word of a thing finds it, and nobody finds what is not theirs."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from charging.models import Session, SessionAnomaly
from drivers.models import Driver, IdToken
from stations.models import ChargingStation, Command, RejectedConnection, Site
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, again, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour() -> World:
    return build("Harbour Energy", "Harbour")


@pytest.fixture
def olga(harbour: World) -> Client:
    return logged_in(harbour.staff[Role.OPERATOR])


def found(client: Client, term: str) -> list[tuple[str, str]]:
    answer = client.get("/admin/search/", {"s": term, "extended": "1"})
    assert answer.status_code == 200
    return [(hit.kind, hit.link) for hit in answer.context["results"]]


def test_everything_is_found_by_what_people_know_of_it(harbour: World, olga: Client) -> None:
    ChargingStation.objects.update(serial_number="SN-77-4711", vendor="Voltwerk")
    Site.objects.update(street="Fish Quay 5", postal_code="20457")
    Driver.objects.update(email="alice@example.org")
    Command.objects.update(message_id="msg-0815")
    session, command, refusal = harbour[Session], harbour[Command], harbour[RejectedConnection]
    known = {
        "4711": ("Station", harbour[ChargingStation].pk),
        "voltw": ("Station", harbour[ChargingStation].pk),
        "fish quay": ("Site", harbour[Site].pk),
        "20457": ("Site", harbour[Site].pk),
        session.transaction_id: ("Session", session.pk),
        harbour[IdToken].value.lower(): ("Session", session.pk),
        "card harb": ("Token", harbour[IdToken].pk),
        harbour[IdToken].value[-5:]: ("Token", harbour[IdToken].pk),
        harbour[IdToken].masked_value: ("Token", harbour[IdToken].pk),
        harbour[IdToken].masked_value.lower(): ("Session", session.pk),
        "alice@example.org": ("Driver", harbour[Driver].pk),
        "msg-0815": ("Command", command.pk),
        str(command.public_id): ("Command", command.pk),
        "id-harbour": ("Anomaly", harbour[SessionAnomaly].pk),
        refusal.identity[:6]: ("Refused charger", refusal.pk),
        "support@harb": ("Colleague", harbour.staff[Role.SUPPORT].pk),
    }
    for term, (kind, pk) in known.items():
        assert [link for name, link in found(olga, term) if name == kind and f"/{pk}/" in link], f"{term}: no {kind}"
    assert ("Page", "/admin/map/") in found(olga, "map")


def test_a_token_is_never_shown_in_full(harbour: World, olga: Client) -> None:
    answer = olga.get("/admin/search/", {"s": harbour[IdToken].label})
    assert harbour[IdToken].value not in answer.content.decode()
    assert harbour[IdToken].masked_value in answer.content.decode()


def test_the_neighbour_finds_nothing(harbour: World) -> None:
    charlie = logged_in(build("Charlie's Chargers", "Neighbour").staff[Role.OWNER])
    for term in ["harbour", "ID-Harbour", "T-Harbour", harbour[IdToken].value, str(harbour[Command].public_id)]:
        assert [hit for hit in found(charlie, term) if hit[0] != "Page"] == []
    for model in (Session, Command, SessionAnomaly):
        hits = [link for _, link in found(charlie, f"#{harbour[model].pk}")]
        assert f"/admin/{model._meta.app_label}/{model._meta.model_name}/{harbour[model].pk}/" not in hits


def test_who_is_in_two_organizations_sees_which_is_which(harbour: World) -> None:
    build("Other Energy", "Other")
    answer = logged_in(User.objects.create_superuser("root@example.org")).get("/admin/search/", {"s": "Vendor"})
    assert "Other Energy Other" in answer.content.decode()


def test_it_costs_the_same_however_much_is_found(harbour: World, olga: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert found(olga, "harbour")
        return len(captured)

    cost()
    few = cost()
    for number in range(12):
        for model in (ChargingStation, Site, Driver, IdToken):
            again(harbour[model], number)
    assert cost() == few
    assert few <= 16
    kinds = [kind for kind, _ in found(olga, "harbour")]
    assert max(kinds.count(kind) for kind in kinds) == 5


@pytest.mark.parametrize(
    "term", ["", "a", "\x00\x00", "'", "\\", "' | !(", "%", "___", "9" * 30, "#", "ab" * 200, '"', ":*"]
)
def test_odd_input_finds_nothing_and_breaks_nothing(olga: Client, harbour: World, term: str) -> None:
    assert all(kind in {"Page"} for kind, _ in found(olga, term))


def test_nobody_else_gets_in(client: Client) -> None:
    assert client.get("/admin/search/", {"s": "harbour"}, headers={"host": "localhost"}).status_code == 302
