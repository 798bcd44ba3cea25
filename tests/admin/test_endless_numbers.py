"""Numbers in addresses and forms that no database can hold: the page is answered, and finds nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db

ENDLESS = "9" * 5000


@pytest.fixture
def client(client: Client) -> Client:
    client.defaults["HTTP_HOST"] = "localhost"
    client.force_login(User.objects.create_superuser("root@harbour.example", "a long password indeed"))
    return client


@pytest.mark.parametrize("number", [ENDLESS, "99999999999999999999"])
def test_of_rows(client: Client, number: str) -> None:
    for name in (
        "accounts_user",
        "stations_chargingstation",
        "charging_session",
        "drivers_idtoken",
        "stations_command",
    ):
        answer = client.get(reverse(f"admin:{name}_change", args=[number]))
        assert answer.status_code in (302, 404), name
    for name in ("console:station", "console:session", "console:batch", "console:command_page"):
        path = reverse(name, args=[1]).replace("/1/", f"/{number}/")
        assert client.get(path).status_code in (302, 404), name


@pytest.mark.parametrize("number", [ENDLESS, "99999999999999999999"])
def test_in_queries_and_forms(client: Client, number: str) -> None:
    assert client.get(reverse("console:search"), {"s": number}).status_code == 200
    assert client.get(reverse("console:many"), {"stations": number}).status_code in (200, 404)
    assert client.get(reverse("console:many"), {"failed": number}).status_code in (200, 404)
    for name in ("stations_chargingstation", "charging_session", "stations_command", "accounts_auditevent"):
        address = reverse(f"admin:{name}_changelist")
        for query in ({"p": number}, {"o": number}, {"o": f"-{number}"}, {"q": number}, {"station": number}):
            assert client.get(address, query).status_code in (200, 302, 404), (name, query)
