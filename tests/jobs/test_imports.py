"""Rows from a file: every mistake is named with line and column, nothing is written before it is confirmed."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Organization, User
from accounts.roles import Role, allows
from drivers.models import Driver, IdToken
from jobs.imports import IMPORTS
from jobs.models import Job
from jobs.services import do_job
from jobs.states import JobStatus
from stations.models import ChargingStation, Connector, Evse, Site
from tests import cast

pytestmark = pytest.mark.django_db

ROWS, MENDED_ROWS = 10_000, 1_000
# Line of the file: what is wrong there, its column, and the beginning of the cause.
BAD = {
    "type": ("RFID", "type", "Write one of"),
    "blocked": ("perhaps", "blocked", "Write yes or no."),
    "driver": ("nobody@fleet.example", "driver", "No driver is called so."),
    "value": ("4,1E+13", "value", "A spreadsheet made a number of this."),
    "expires_at": ("31.12.2030", "expires_at", "Write a time"),
}


@pytest.fixture
def harbour() -> Organization:
    return cast.create_organization("Harbour Energy")


@pytest.fixture
def olga(harbour: Organization) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(cast.create_staff(harbour, "olga@harbour.example", Role.OPERATOR))
    return client


def table(rows: list[list[Any]], separator: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def workbook(rows: list[list[Any]]) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def checked(olga: Client, what: str, content: str | bytes, name: str = "rows.csv") -> Job:
    """Upload the file, and let a worker look at it if it is a large one."""
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    organization = User.objects.get(pk=olga.session["_auth_user_id"]).organization_ids[0]
    answer = olga.post(reverse(f"console:import_{what}"), {"file": file, "organization": organization})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return done(answer)


def confirmed(olga: Client, job: Job) -> Job:
    return done(olga.post(reverse("console:import_confirm", args=[job.pk])))


def done(answer: Any) -> Job:
    pk = int(answer["Location"].rstrip("/").rsplit("/", 1)[-1])
    do_job(pk)
    return Job.objects.get(pk=pk)


def mistakes(job: Job) -> list[tuple[int, str, str]]:
    return [(each["line"], each["column"], each["cause"]) for each in job.report["mistakes"]]


def counts(job: Job) -> tuple[int, int, int, int]:
    found = job.report["counts"]
    return found["new"], found["changed"], found["unchanged"], found["invalid"]


def test_10_000_tokens_with_50_bad_rows(olga: Client, harbour: Organization) -> None:
    cast.create_driver(harbour, "Alice", email="alice@fleet.example")
    head = ["value", "type", "label", "driver", "blocked", "expires_at"]
    good = [
        [f"04{number:012X}", "ISO14443", f"Card {number}", "alice@fleet.example", "no", "2030-12-31"]
        for number in range(ROWS)
    ]
    rows, expected = [list(row) for row in good], {}
    for count in range(50):
        wrong, column, cause = list(BAD.values())[count % 5]
        index = count * 199 + 7
        rows[index][head.index(column)] = wrong
        expected[index + 2] = (column, cause)
    job = checked(olga, "tokens", table([head, *rows]))
    assert counts(job) == (ROWS - 50, 0, 0, 50), job.detail
    assert {line for line, _, _ in mistakes(job)} == set(expected)
    assert len(mistakes(job)) == 50
    assert all(cause.startswith(expected[line][1]) for line, _, cause in mistakes(job))
    assert all(column == expected[line][0] for line, column, _ in mistakes(job))
    assert olga.post(reverse("console:import_confirm", args=[job.pk])).status_code == 404
    assert not IdToken.objects.exists()

    job = checked(olga, "tokens", table([head, *good[:MENDED_ROWS]]))
    assert counts(job) == (MENDED_ROWS, 0, 0, 0)
    assert not IdToken.objects.exists()
    job = confirmed(olga, job)
    assert (job.status, counts(job)) == (JobStatus.DONE, (MENDED_ROWS, 0, 0, 0)), job.detail
    assert IdToken.objects.count() == MENDED_ROWS
    token = IdToken.objects.get(value="04000000000011")
    assert (token.key, token.driver.name if token.driver else "", token.label) == ("04000000000011", "Alice", "Card 17")
    event = AuditEvent.objects.get(action="rows imported")
    assert (event.details["new"], event.details["file"]) == (MENDED_ROWS, "rows.csv")
    assert "04000000000011" not in str(event.details) + str(job.report)


def test_what_is_there_is_changed_once_and_seen_before_and_after(olga: Client, harbour: Organization) -> None:
    cast.create_token(harbour, "04A1B2C3D4E5F6", label="Old")
    same = cast.create_token(harbour, "04AAAAAAAAAAAA", label="Same")
    job = checked(olga, "tokens", "value;label;blocked\n04a1b2c3d4e5f6;New;yes\n04aaaaaaaaaaaa;Same;no\n")
    assert counts(job) == (0, 1, 1, 0), mistakes(job)
    assert job.report["changes"]["New"]["Label"] == {"before": "Old", "after": "New"}
    page = olga.get(reverse("console:job", args=[job.pk])).content.decode()
    assert "Import 1 tokens" in page
    first, second = confirmed(olga, job), confirmed(olga, job)
    assert first == second, "A second click is the same import."
    token = IdToken.objects.get(label="New")
    assert (token.value, token.is_blocked) == ("04A1B2C3D4E5F6", True)
    assert IdToken.objects.get(pk=same.pk).label == "Same"
    change = AuditEvent.objects.get(action="rows imported").details["changes"]
    assert change["New"]["Blocked"] == {"before": "No", "after": "Yes"}
    checked_job = Job.objects.get(pk=job.pk)
    assert not checked_job.input, "Values of tokens are not kept longer than needed."


def test_files_as_spreadsheets_write_them(olga: Client, harbour: Organization) -> None:
    text = "name;email;active\nZoë Müller;zoe@fleet.example;ja\n"
    for content in (
        text.encode("utf-8-sig"),
        text.encode("cp1252"),
        text.encode("utf-16"),
        text.replace(";", "\t").encode(),
        workbook([["Name", "Email", "Active"], ["Zoë Müller", "zoe@fleet.example", True]]),
    ):
        name = "rows.xlsx" if content.startswith(b"PK") else "rows.csv"
        job = checked(olga, "drivers", content, name)
        assert (counts(job), job.report["added"]) == ((1, 0, 0, 0), ["Zoë Müller"]), job.detail
    assert not Driver.objects.exists()


def test_uids_that_a_spreadsheet_spoiled_are_named(olga: Client) -> None:
    rows: list[list[Any]] = [
        ["value", "type"],
        ["04E12345", "ISO14443"],
        ["'04E1234567", "ISO14443"],
        ["4.12E+13", "ISO14443"],
        [12345678, "ISO14443"],
        [4123456, "ISO14443"],
        [4711, "KeyCode"],
        [4.12e21, "KeyCode"],
    ]
    job = checked(olga, "tokens", workbook(rows), "cards.xlsx")
    assert [line for line, _, _ in mistakes(job)] == [4, 6, 8]
    assert counts(job)[0] == 4
    job = checked(olga, "tokens", "value,label,driver\n'04E1234567,'=1+1,\n'E104123456,'t Hof,\n")
    confirmed(olga, job)
    assert set(IdToken.objects.values_list("value", "label")) == {("04E1234567", "=1+1"), ("E104123456", "'t Hof")}


def test_a_row_twice_and_a_row_nobody_can_tell_apart(olga: Client, harbour: Organization) -> None:
    cast.create_driver(harbour, "Bob")
    cast.create_driver(harbour, "bob")
    job = checked(olga, "drivers", "name,email\nAlice,a@x.example\nAnna,A@x.example\nBob,\n,\n")
    assert mistakes(job) == [
        (3, "name", "The same as in line 2."),
        (4, "name", "Several are called so; this one cannot be told from the others."),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"value,value\n1,2\n", "names a column twice"),
        (b"value,colour\n1,2\n", "Unknown column: colour"),
        (b"label\nA card\n", "The column value is missing"),
        (b"value\n", "no rows below"),
        (b"value\n1,2,3\n", "Line 2 has more cells"),
        (b"PK\x03\x04 nonsense", "This is no XLSX file"),
        (b'value\n"' + b"x" * 200_000 + b'"\n', "Line 2 cannot be read"),
    ],
    ids=["empty", "twice", "unknown", "missing", "only-head", "too-wide", "no-sheet", "huge-cell"],
)
def test_what_is_wrong_with_a_whole_file_is_said(olga: Client, content: bytes, says: str) -> None:
    job = checked(olga, "tokens", content or b"\n", "cards.xlsx" if content.startswith(b"PK") else "cards.csv")
    assert (job.status, says in job.detail) == (JobStatus.FAILED, True), job.detail


def test_a_file_of_another_kind_or_too_large_is_refused(olga: Client, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 10
    url = reverse("console:import_tokens")
    for name in ("cards.pdf", "cards.csv"):
        answer = olga.post(url, {"file": SimpleUploadedFile(name, b"value\n1234567890\n")})
        assert answer.status_code == 200
    assert not Job.objects.exists()


def test_a_network_is_imported_from_its_sites_to_its_connectors(olga: Client, harbour: Organization) -> None:
    files = {
        "sites": "name,time_zone,latitude,longitude,grid_limit_w\nQuay,Europe/Berlin,53.5,9.9,250000\n",
        "stations": "identity,site,enabled,security_profile\nHH-1,quay,yes,2\nHH-2,Quay,no,1\n",
        "evses": "station,number,max_power_w,connectors\nHH-1,1,150000,cCCS2|cG105\nhh-1,2,22000,Type 2 socket\n",
    }
    for what, content in files.items():
        job = confirmed(olga, checked(olga, what, content))
        assert job.status == JobStatus.DONE, job.detail
    assert Site.objects.get().organization == harbour
    assert ChargingStation.objects.get(identity="HH-1").security_profile == 2
    assert list(Connector.objects.order_by("pk").values_list("evse__number", "number", "type")) == [
        (1, 1, "cCCS2"),
        (1, 2, "cG105"),
        (2, 1, "sType2"),
    ]
    for what, content in files.items():
        assert counts(checked(olga, what, content))[:2] == (0, 0), what
    fewer = checked(olga, "evses", "station,number,connectors\nHH-1,1,cCCS2\nHH-1,0,\nHH-9,1,\n")
    assert [(line, column) for line, column, _ in mistakes(fewer)] == [(2, "connectors"), (3, "number"), (4, "station")]


def test_ratings_of_connectors_are_imported_in_their_order(olga: Client, harbour: Organization) -> None:
    station = cast.create_station(cast.create_site(harbour, "Quay"), "HH-1")
    head = "station,number,connectors,connector_supply,connector_voltage_v,connector_current_a,connector_power_w\n"
    confirmed(olga, checked(olga, "evses", head + "HH-1,1,cCCS2|cG105,dc|dc,920|500,300,|50000\n"))
    ratings = Connector.objects.filter(evse__station=station, evse__number=1).order_by("number")
    fields = ("power_type", "max_voltage_v", "max_current_a", "max_power_w")
    assert list(ratings.values_list(*fields)) == [("dc", 920, 300, None), ("dc", 500, None, 50000)]
    assert counts(checked(olga, "evses", head + "HH-1,1,cCCS2|cG105,dc|dc,920|500,300|,|50000\n")) == (0, 0, 1, 0)
    one_more = "station,number,connectors,connector_power_w\nHH-1,1,cCCS2|cG105|cType2,150000\n"
    confirmed(olga, checked(olga, "evses", one_more))
    assert list(ratings.values_list(*fields)) == [("dc", 920, 300, 150000), ("dc", 500, None, None), ("", *[None] * 3)]
    wrong = checked(olga, "evses", head + "HH-1,1,cCCS2|cG105|cType2,dc|AC,1|2|3|4,,\n")
    assert [(line, column) for line, column, _ in mistakes(wrong)] == [(2, "connector_supply")]
    wrong = checked(olga, "evses", head + "HH-1,1,cCCS2|cG105|cType2,dc,1|2|3|4,,\n")
    assert [(line, column) for line, column, _ in mistakes(wrong)] == [(2, "connector_voltage_v")]


def test_rows_of_the_neighbour_are_not_reached(olga: Client, harbour: Organization) -> None:
    charlie = cast.create_organization("Charlie's Chargers")
    theirs = cast.create_station(cast.create_site(charlie, "Quay"), "CC-1", name="Theirs")
    cast.create_driver(charlie, "Charlie", email="charlie@charlie.example")
    cast.create_token(charlie, "04CCCCCCCCCCCC", label="Theirs")
    stations = checked(olga, "stations", "identity,name,site\nCC-1,Mine,\nHH-1,Mine,Quay\n")
    assert [(line, column) for line, column, _ in mistakes(stations)] == [(2, "identity"), (3, "site")]
    evses = checked(olga, "evses", "station,number\nCC-1,1\n")
    assert [(line, column) for line, column, _ in mistakes(evses)] == [(2, "station")]
    tokens = checked(olga, "tokens", "value,label,driver\n04CCCCCCCCCCCC,Mine,\n04DDDDDDDDDDDD,Mine,Charlie\n")
    assert [(line, column) for line, column, _ in mistakes(tokens)] == [(3, "driver")]
    confirmed(olga, checked(olga, "tokens", "value,label\n04CCCCCCCCCCCC,Mine\n"))
    assert set(IdToken.objects.values_list("organization__name", "label")) == {
        ("Harbour Energy", "Mine"),
        ("Charlie's Chargers", "Theirs"),
    }
    theirs.refresh_from_db()
    assert (theirs.name, Evse.objects.count()) == ("Theirs", 0)
    answer = olga.post(
        reverse("console:import_tokens"),
        {"file": SimpleUploadedFile("c.csv", b"value\n1\n"), "organization": charlie.pk},
    )
    assert answer.status_code == 200


def test_what_changed_since_the_check_is_found(olga: Client, harbour: Organization) -> None:
    driver = cast.create_driver(harbour, "Alice")
    job = checked(olga, "tokens", "value,driver\n04A1A1A1A1A1A1,Alice\n04B1B1B1B1B1B1,\n")
    driver.delete()
    applied = confirmed(olga, job)
    assert (applied.status, "line 2, driver" in applied.detail) == (JobStatus.FAILED, True)
    assert not IdToken.objects.exists()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("what", sorted(IMPORTS))
def test_only_who_may_add_and_change_imports(harbour: Organization, role: Role, what: str) -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(cast.create_staff(harbour, f"{role}@harbour.example", role))
    may = all(allows(role, permission) for permission in IMPORTS[what].permissions())
    for url in (reverse(f"console:import_{what}"), reverse(f"console:import_example_{what}")):
        assert client.get(url).status_code == (200 if may else 403)
    file = SimpleUploadedFile("a.csv", b"name\nA\n")
    client.post(reverse(f"console:import_{what}"), {"file": file, "organization": harbour.pk})
    assert Job.objects.exists() == may


@pytest.mark.parametrize("what", sorted(IMPORTS))
def test_the_example_file_has_all_columns(olga: Client, what: str) -> None:
    content = olga.get(reverse(f"console:import_example_{what}")).content.decode()
    head, row = list(csv.reader(io.StringIO(content)))
    assert head == [column.column_name for column in IMPORTS[what].columns()]
    assert all(row)
