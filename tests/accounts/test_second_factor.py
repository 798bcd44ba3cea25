"""The second factor, the lockout and the list of sessions: who gets in, and who ends it."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as yield_of_allauth
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, Organization, User, UserSession
from accounts.roles import Role
from accounts.second_factor import accepts_code
from tests import cast

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-enough-word"
LOGIN, CODE, SET_UP = "/admin/login/", "/admin/account/second-factor/", "/admin/account/second-factor/set-up/"
SITES = "/admin/stations/site/"


class Clock:
    """Of the codes: it stands still until the next code is wanted, so that none goes out of date between two lines."""

    step = 1_000_000


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "step", 1_000_000)
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter(range(Clock.step - 1, Clock.step + 2)))


@pytest.fixture(autouse=True)
def _without_collected_assets(settings: Settings) -> None:
    settings.STATIC_ROOT = None


@pytest.fixture
def harbour() -> Organization:
    return cast.create_organization()


@pytest.fixture
def olga(harbour: Organization) -> User:
    return cast.create_staff(harbour, "olga@harbour.example", Role.OPERATOR, password=PASSWORD)


@pytest.fixture
def owner(harbour: Organization) -> Client:
    return entered(cast.create_staff(harbour, "owner@harbour.example", Role.OWNER))


def browser() -> Client:
    return Client(headers={"host": "localhost"})


def entered(user: User) -> Client:
    client = browser()
    client.force_login(user)
    return client


def log_in(client: Client, password: str = PASSWORD, **fields: str) -> Any:
    return client.post(LOGIN, {"username": "olga@harbour.example", "password": password, **fields})


def code_of(secret: str, later: int = 0) -> str:
    """The code of now, or that of some steps later."""
    return str(auth.format_hotp_value(auth.hotp_value(secret, Clock.step + later)))


def enrol(client: Client) -> tuple[str, list[str]]:
    """The secret and the recovery codes, as the pages show them. The code is used up by it."""
    page = client.get(SET_UP).content.decode()
    found = re.search(r'<code class="c-mono">([A-Z2-7 ]+)</code>', page)
    assert found
    secret = found[1].replace(" ", "")
    shown = client.post(SET_UP, {"code": code_of(secret)}).content.decode()
    Clock.step += 1
    return secret, re.findall(r'<li class="c-mono">(\d+)</li>', shown)


def test_after_the_password_comes_the_code_and_nothing_before_it(olga: User) -> None:
    secret, recovery_codes = enrol(entered(olga))
    assert len(recovery_codes) == 10
    client = browser()
    log_in(client)
    assert client.get(SITES).headers["Location"].startswith(CODE)
    assert client.post(f"{SITES}add/", {"name": "Quay"}).headers["Location"].startswith(CODE)
    assert client.get("/admin/account/").headers["Location"].startswith(CODE)
    assert client.get(SITES, headers={"HX-Request": "true"}).status_code == 204
    assert "not right" in client.post(CODE, {"code": "000000"}).content.decode()
    assert client.post(f"{CODE}?next={SITES}", {"code": code_of(secret)}).headers["Location"] == SITES
    assert client.get(SITES).status_code == 200


def test_a_code_and_a_recovery_code_work_once(olga: User) -> None:
    secret, [recovery_code, *_] = enrol(entered(olga))
    for code in (code_of(secret), recovery_code):
        for works in (True, False):
            client = browser()
            log_in(client)
            client.post(CODE, {"code": code})
            assert (client.get(SITES).status_code == 200) == works
    assert AuditEvent.objects.filter(action="recovery code used").count() == 1


@pytest.mark.parametrize(("later", "works"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_that_runs_out_while_it_is_typed_still_counts(olga: User, later: int, works: bool) -> None:
    secret, _ = enrol(entered(olga))
    Clock.step += 2
    assert accepts_code(user=olga, code=code_of(secret, later)) == works


def test_no_code_counts_twice_while_it_is_tolerated(olga: User) -> None:
    """Nor does one from before the last that was used."""
    secret, _ = enrol(entered(olga))
    Clock.step += 2
    tried = [(0, True), (0, False), (-1, False), (1, True), (0, False), (1, False)]
    for later, works in tried:
        assert accepts_code(user=olga, code=code_of(secret, later)) == works
    Clock.step += 1
    assert not accepts_code(user=olga, code=code_of(secret))
    Clock.step += 1
    assert accepts_code(user=olga, code=code_of(secret))


def test_the_tolerance_is_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "time", SimpleNamespace(time=lambda: 3007.0))
    assert list(yield_of_allauth()) == [99, 100, 101]


def test_codes_are_not_guessed(olga: User) -> None:
    enrol(entered(olga))
    for _ in range(5):
        client = browser()
        log_in(client)
        answer = client.post(CODE, {"code": "000000"})
    assert answer.status_code == 429
    assert log_in(browser()).status_code == 429


def test_the_redirect_after_the_code_stays_here(olga: User) -> None:
    secret, _ = enrol(entered(olga))
    client = browser()
    log_in(client)
    answer = client.post(f"{CODE}?next=https://evil.example/", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/admin/"


def test_secrets_are_encrypted_and_in_no_trail(olga: User) -> None:
    secret, recovery_codes = enrol(entered(olga))
    kept = str(list(Authenticator.objects.values())) + str(list(AuditEvent.objects.values()))
    assert secret not in kept
    assert not any(code in kept for code in recovery_codes)
    assert AuditEvent.objects.filter(action="second factor set up", actor=olga).exists()


def test_an_organization_can_require_it(harbour: Organization, olga: User) -> None:
    Organization.objects.filter(pk=harbour.pk).update(requires_second_factor=True)
    client = browser()
    log_in(client)
    assert client.get(SITES, follow=True).redirect_chain[-1][0] == SET_UP
    secret, _ = enrol(client)
    assert client.get(SITES).status_code == 200
    client.post("/admin/account/second-factor/remove/", {"code": code_of(secret)})
    assert Authenticator.objects.filter(user=olga).exists()


def test_one_removes_ones_own_with_a_code_only(olga: User) -> None:
    client = entered(olga)
    secret, _ = enrol(client)
    client.post("/admin/account/second-factor/remove/", {"code": "000000"})
    assert Authenticator.objects.filter(user=olga).exists()
    client.post("/admin/account/second-factor/remove/", {"code": code_of(secret)})
    assert not Authenticator.objects.filter(user=olga).exists()


def test_after_five_wrong_passwords_one_waits_until_an_owner_unlocks(olga: User, owner: Client) -> None:
    client = browser()
    for _ in range(4):
        assert log_in(client, "wrong").status_code == 200
    answer = log_in(client, "wrong")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "Try again 15 minutes after" in answer.content.decode()
    for _ in range(3):
        assert log_in(client, username="OLGA@harbour.example").status_code == 429
    told = AuditEvent.objects.filter(object_id=str(olga.pk)).values_list("action", flat=True)
    assert sorted(told) == ["locked out", *["login failed"] * 5]
    access = f"/admin/accounts/user/{olga.pk}/access/"
    assert "Locked out" in owner.get(access).content.decode()
    owner.post(f"{access}unlock/")
    assert log_in(client).status_code == 302
    assert AuditEvent.objects.filter(action="unlocked").exists()


def test_another_address_is_not_locked(olga: User) -> None:
    for _ in range(5):
        log_in(browser(), "wrong")
    elsewhere = Client(headers={"host": "localhost"}, REMOTE_ADDR="192.0.2.7")
    assert log_in(elsewhere).status_code == 302


def test_one_sees_and_ends_ones_sessions(olga: User) -> None:
    phone, desk = browser(), browser()
    log_in(phone)
    log_in(desk)
    for client, agent in ((phone, "Version/17 iPhone"), (desk, "Firefox/133 Linux")):
        client.get(SITES, headers={"user-agent": agent})
    page = desk.get("/admin/account/").content.decode()
    assert "Safari 17 on iPhone" in page
    assert "This one" in page
    other = UserSession.objects.exclude(session_key=desk.session.session_key).get()
    desk.post("/admin/account/sessions/end/", {"session": other.pk})
    assert phone.get(SITES).status_code == 302
    assert desk.get(SITES).status_code == 200
    log_in(phone)
    phone.get(SITES)
    desk.post("/admin/account/sessions/end/", {"session": "others"})
    assert phone.get(SITES).status_code == 302
    assert AuditEvent.objects.filter(action="session ended").count() == 2


def test_an_owner_ends_the_sessions_of_their_own_people_only(olga: User, owner: Client) -> None:
    desk = browser()
    log_in(desk)
    desk.get(SITES)
    charlie = cast.create_staff(cast.create_organization("Charlie's Chargers"), "charlie@charlie.example", Role.OWNER)
    stranger = entered(charlie)
    path = f"/admin/accounts/user/{olga.pk}/access/end-sessions/"
    assert stranger.post(path).status_code == 404
    assert desk.post(f"/admin/accounts/user/{charlie.pk}/access/end-sessions/").status_code == 404
    assert desk.get(SITES).status_code == 200
    assert owner.get(path).status_code == 405
    owner.post(path)
    assert desk.get(SITES).status_code == 302


def test_nobody_ends_the_session_of_another_by_its_number(olga: User, owner: Client) -> None:
    desk = browser()
    log_in(desk)
    desk.get(SITES)
    row = UserSession.objects.get(user=olga)
    for number in (row.pk, "9" * 30, "x"):
        owner.post("/admin/account/sessions/end/", {"session": number})
    assert desk.get(SITES).status_code == 200


def test_an_owner_takes_a_lost_second_factor_away(olga: User, owner: Client) -> None:
    enrol(entered(olga))
    owner.post(f"/admin/accounts/user/{olga.pk}/access/remove-second-factor/")
    client = browser()
    log_in(client)
    assert client.get(SITES).status_code == 200
    assert AuditEvent.objects.filter(action="second factor removed", actor__email="owner@harbour.example").exists()
