"""Keys and OAuth2 clients: made by owners, shown once, refused when they expire or are revoked."""

import json
import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.roles import Role
from api.models import ApiKey, OAuthClient
from api.scopes import Scope
from tests.admin.world import World
from tests.api.conftest import Caller

SITES = "/api/v1/sites/"


def owner_of(world: World) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(world.staff[Role.OWNER])
    return client


def new_key(world: World, *scopes: Scope) -> tuple[str, str]:
    """As the owner makes it in the admin; the page, and the key on it."""
    form = {
        "organization": world.organization.pk,
        "name": "Billing",
        "scopes": list(scopes),
        "expires_at_0": "",
        "expires_at_1": "",
    }
    page = owner_of(world).post(reverse("admin:api_apikey_add"), form)
    found = re.search(r"csms_\w{8}_\w{32}", page.content.decode())
    assert found, page.content.decode()[-3000:]
    assert "no-store" in page.headers["Cache-Control"]
    return page.content.decode(), found.group()


def test_a_key_is_shown_once_and_works(own: World) -> None:
    _, key = new_key(own, Scope.NETWORK_READ)
    assert Caller(key).get(SITES).status_code == 200
    row = ApiKey.objects.get(name="Billing")
    assert row.last_used_at is not None
    assert row.created_by == own.staff[Role.OWNER]
    assert key not in str(ApiKey.objects.filter(pk=row.pk).values())
    later = owner_of(own).get(reverse("admin:api_apikey_change", args=[row.pk])).content.decode()
    assert key.rpartition("_")[2] not in later
    assert AuditEvent.objects.filter(action="API key created", object_id=str(row.pk)).exists()


@pytest.mark.parametrize("end", ["revoked", "expired", "changed"])
def test_a_key_that_is_over_is_refused(own: World, end: str) -> None:
    _, key = new_key(own, Scope.NETWORK_READ)
    row = ApiKey.objects.get(name="Billing")
    if end == "revoked":
        chosen = {"action": "revoke", "_selected_action": [row.pk]}
        owner_of(own).post(reverse("admin:api_apikey_changelist"), chosen)
        assert AuditEvent.objects.filter(action="API key revoked").exists()
    elif end == "expired":
        ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        key = key[:-1] + ("a" if key[-1] != "a" else "b")
    answer = Caller(key).get(SITES)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
def test_only_owners_see_and_make_keys(own: World, role: Role) -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(own.staff[role])
    for name in ("apikey", "oauthclient"):
        assert client.get(reverse(f"admin:api_{name}_changelist")).status_code == 403
        assert client.get(reverse(f"admin:api_{name}_add")).status_code == 403


def new_client(world: World, *scopes: Scope) -> tuple[str, str]:
    form = {"organization": world.organization.pk, "name": "Partner", "scopes": list(scopes)}
    page = owner_of(world).post(reverse("admin:api_oauthclient_add"), form).content.decode()
    found = re.search(r'id="secret-2"[^>]*>([^<]+)<', page)
    assert found, page[-3000:]
    return OAuthClient.objects.get(name="Partner").client_id, found.group(1)


def access_token(client_id: str, secret: str, **form: str) -> tuple[int, dict[str, str]]:
    asked = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **form}
    answer = Client(headers={"host": "localhost"}, enforce_csrf_checks=True).post("/api/v1/oauth/token/", asked)
    return answer.status_code, answer.json()


def test_an_oauth2_client_acts_with_its_scopes_in_its_organization(own: World, neighbour: World) -> None:
    client_id, secret = new_client(own, Scope.NETWORK_READ)
    status, told = access_token(client_id, secret)
    assert (status, told["scope"]) == (200, Scope.NETWORK_READ)
    program = Caller(told["access_token"])
    sites = program.get(SITES).json()["results"]
    assert [site["organization"] for site in sites] == [own.organization.slug]
    assert program.get("/api/v1/drivers/").status_code == 403
    OAuthClient.objects.update(scopes=[])
    assert program.get(SITES).status_code == 403


def test_an_oauth2_client_gets_no_more_than_its_own(own: World) -> None:
    client_id, secret = new_client(own, Scope.NETWORK_READ)
    assert access_token(client_id, secret, scope="drivers:read")[0] == 400
    assert access_token(client_id, "wrong")[0] == 401
    assert access_token(client_id, secret, grant_type="password", username="a", password="b")[0] == 400


def test_a_refused_client_is_told_why_in_both_words(own: World) -> None:
    """OAuth2's and those of a problem."""
    asked = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "wrong"}
    answer = Client(headers={"host": "localhost"}).post("/api/v1/oauth/token/", asked)
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = json.loads(answer.content)
    assert (told["error"], told["status"], told["detail"]) == ("invalid_client", 401, "Client id or secret is wrong.")
    for url in ("/api/v1/oauth/token/", "/api/v1/oauth/revoke/"):
        answer = Client(headers={"host": "localhost"}).get(url)
        assert (answer.status_code, answer.headers["Content-Type"]) == (405, "application/problem+json")
        assert answer.headers["Allow"]


def test_secrets_are_not_tried_without_end(own: World, settings: Any) -> None:
    settings.API_TOKENS_PER_MINUTE = 2
    address = {"REMOTE_ADDR": f"198.51.100.{random.randrange(250)}"}
    asked = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "wrong"}
    answers = [
        Client(headers={"host": "localhost"}, **address).post("/api/v1/oauth/token/", asked)  # type: ignore[arg-type]
        for _ in range(6)
    ]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
