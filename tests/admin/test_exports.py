"""Every list as a file: what it shows with its filters, masked as the role says, noted in the audit trail."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.console.exports import Exported
from accounts.console.streaming import SentAsMade, in_parts
from accounts.models import AuditEvent
from accounts.roles import Role
from charging.models import Session
from drivers.models import IdToken
from stations.models import ChargingStation, GatewayProcess, Variable
from stations.models.variable import Mutability
from tests import cast
from tests.admin.test_isolation import every_role, label, logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db

MARK, NEIGHBOUR = "Xanadu", "Quuxville"
LISTS = [model for model, its_admin in admin.site._registry.items() if isinstance(its_admin, Exported)]


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", MARK)


@pytest.fixture
def olga(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


def url(model: Any, ending: str = "csv") -> str:
    return reverse(f"admin:{label(model)}_export_{ending}")


def body(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(answer).decode("utf-8-sig"))))


def test_every_list_is_exported_without_secrets_and_only_own_rows(world: World) -> None:
    neighbour = build("Charlie's Chargers", NEIGHBOUR)
    owner = logged_in(neighbour.staff[Role.OWNER])
    for model in LISTS:
        if model not in neighbour.rows or model is GatewayProcess:
            continue
        for ending in ("csv", "jsonl"):
            text = body(owner.get(url(model, ending))).decode()
            assert MARK not in text, model
            assert str(ChargingStation.objects.get(pk=neighbour[ChargingStation].pk).secret_hash) not in text
            assert text.count("\n") >= 1


def test_an_export_has_what_the_list_shows_with_filter_and_search(olga: Client, world: World) -> None:
    site = world[ChargingStation].site
    for number in range(60):
        ChargingStation.objects.create(
            organization=site.organization, site=site, identity=f"HH-{number:03}", is_enabled=number % 2 == 0
        )
    found = rows(olga.get(url(ChargingStation), {"is_enabled__exact": "0", "q": "HH-", "o": "-1"}))
    assert [row["identity"] for row in found] == [f"HH-{number:03}" for number in reversed(range(60)) if number % 2]
    assert (found[0]["site"], found[0]["is_enabled"]) == (site.name, "no")
    event = AuditEvent.objects.get(action="exported")
    assert (event.details["rows"], event.details["filter"]["q"]) == (30, "••••")
    assert olga.get(url(ChargingStation), {"colour": "red"}).status_code == 404


def test_the_same_rows_as_workbook_and_as_json_lines(olga: Client, world: World) -> None:
    book = openpyxl.load_workbook(io.BytesIO(body(olga.get(url(ChargingStation, "xlsx")))))
    head, first = list(book.active.iter_rows(values_only=True))
    sheet = dict(zip(head, first, strict=True))
    line = json.loads(body(olga.get(url(ChargingStation, "jsonl"))))
    assert sheet["identity"] == line["identity"] == world[ChargingStation].identity
    assert line["is_enabled"] is True


def test_a_workbook_has_a_limit_that_is_told(olga: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.console.exports.SHEET_ROWS", 1)
    cast.create_station(world[ChargingStation].site, "HH-2")
    answer = olga.get(url(ChargingStation, "xlsx"), follow=True)
    assert "A workbook holds 1 rows" in answer.content.decode()


def test_no_cell_is_run_as_a_formula(olga: Client, world: World) -> None:
    station = ChargingStation.objects.filter(pk=world[ChargingStation].pk)
    station.update(name='=HYPERLINK("x")', model="@SUM", vendor="-1")
    (row,) = rows(olga.get(url(ChargingStation)))
    assert (row["name"], row["model"], row["vendor"]) == ('\'=HYPERLINK("x")', "'@SUM", "'-1")
    book = openpyxl.load_workbook(io.BytesIO(body(olga.get(url(ChargingStation, "xlsx")))))
    assert not [cell for line in book.active.iter_rows() for cell in line if cell.data_type == "f"]


@every_role
def test_values_of_tokens_leave_only_as_the_role_allows(world: World, role: Role) -> None:
    client, sees_all = logged_in(world.staff[role]), role in {Role.OWNER, Role.OPERATOR}
    (token,) = rows(client.get(url(IdToken)))
    assert (token["value"] == world[IdToken].value) == sees_all
    (session,) = rows(client.get(url(Session)))
    assert (session["token_key"] == world[Session].token_key) == sees_all


def test_values_of_secret_variables_do_not_leave(olga: Client, world: World) -> None:
    Variable.objects.filter(pk=world[Variable].pk).update(mutability=Mutability.WRITE_ONLY, value="correct-horse")
    assert "correct-horse" not in body(olga.get(url(Variable))).decode()


def test_the_number_of_queries_does_not_grow_but_the_reads_do(olga: Client, world: World) -> None:
    """A cursor of the server is read in portions: 2000 rows at a time, whatever the number of rows."""
    add_sessions(world, 5000)
    with CaptureQueriesContext(connection) as captured:
        answer = olga.get(url(Session))
        asked = len(captured)
        found = body(answer).decode().splitlines()
    assert len(found) == 5002
    assert len(captured) - asked <= 4, "One cursor, no query a row."


def test_the_memory_does_not_grow_with_the_rows(olga: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in portions of 100, 5000 rows take no more than some portions; kept, they would take 25 MB and more."""
    monkeypatch.setattr("accounts.console.exports.ROWS_AT_ONCE", 100)
    add_sessions(world, 5000)
    answer: Any = olga.get(url(Session))
    tracemalloc.start()
    try:
        lines = sum(part.count(b"\n") for part in answer.streaming_content)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lines == 5002
    assert most < 5_000_000


def add_sessions(world: World, count: int) -> None:
    station = world[ChargingStation]
    Session.objects.bulk_create(
        Session(
            organization=station.organization,
            station=station,
            evse_number=1,
            transaction_id=f"M-{number}",
            started_at=timezone.now(),
        )
        for number in range(count)
    )


async def test_an_asgi_server_gets_it_in_portions() -> None:
    """Each portion is made when it is asked for."""
    made: list[int] = []

    def lines() -> Iterator[str]:
        for number in range(3):
            made.append(number)
            yield "x" * 70_000

    seen = [(len(part), len(made)) async for part in SentAsMade(in_parts(lines()))]
    assert seen == [(70_000, 1), (70_000, 2), (70_000, 3), (0, 3)]
