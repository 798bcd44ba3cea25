"""docs/roles.md and the console's page say what accounts/roles.py decides."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.roles import Role
from accounts.roletable import rows
from scripts.roles_page import PAGE, page
from tests import cast


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "Run: make docs"


def test_the_table_says_what_decides() -> None:
    table = {row.thing: row.verbs for row in rows()}
    assert table["Charging stations"][Role.SUPPORT] == ["see", "send commands"]
    assert table["Anomalies"][Role.FINANCE] == ["see"]
    assert table["Audit events"][Role.OWNER] == ["see"]
    assert table["Memberships"][Role.OPERATOR] == ["see"]


@pytest.mark.django_db
def test_everybody_who_works_here_reads_it(settings: Settings) -> None:
    settings.STATIC_ROOT = None
    client = Client(headers={"host": "localhost"})
    client.force_login(cast.create_staff(cast.create_organization(), "olga@harbour.example", Role.READ_ONLY))
    assert "send commands" in client.get("/admin/accounts/roles/").content.decode()
