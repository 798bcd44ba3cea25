"""The door at which stations leave files: who may, how much, and what comes back out."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent
from accounts.roles import Role
from firmware.addresses import hash_of, new_secret
from firmware.models import FileLocation, LogFile, LogRequest
from firmware.services import delete_old_logs
from firmware.services.uploads import MOST_FILES
from firmware.states import LogKind
from stations.models import ChargingStation, Site
from stations.services import delete_stations
from tests import cast
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT, settings.STATIC_ROOT = str(tmp_path), None


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Xanadu")


@pytest.fixture
def secret(world: World) -> str:
    """Of a request that is open."""
    made = new_secret()
    open_request(world[ChargingStation], made)
    return made


def open_request(station: ChargingStation, secret: str) -> None:
    LogRequest.objects.create(
        station=station,
        kind=LogKind.DIAGNOSTICS,
        location_hash="x",
        secret_hash=hash_of(secret),
        upload_until=timezone.now() + timedelta(hours=1),
        file_name="announced.zip",
    )


@pytest.fixture
def station() -> Client:
    return Client(headers={"host": "localhost"}, enforce_csrf_checks=True)


def put(client: Client, path: str, content: bytes = b"log", **headers: str) -> int:
    return client.put(path, content, content_type="application/octet-stream", headers=headers).status_code


@pytest.mark.parametrize(
    ("rest", "name"),
    [
        ("/diag.zip", "diag.zip"),
        ("diag.zip", "diag.zip"),
        ("/", "announced.zip"),
        ("", "announced.zip"),
        ("/%2e%2e%5cetc%5cpasswd", "passwd"),
        ("/a%22%3Cb%3E.html", "ab.html"),
    ],
)
def test_the_name_may_follow_the_address_in_any_way(station: Client, secret: str, rest: str, name: str) -> None:
    assert put(station, f"/files/{secret}{rest}") == 201
    file = LogFile.objects.exclude(file="logs/none").get()
    with file.file.open("rb") as stored:
        assert (file.name, stored.read()) == (name, b"log")
    assert Path(file.file.path).suffix == ""


def test_a_form_is_taken_without_a_token(station: Client, secret: str) -> None:
    sent = SimpleUploadedFile("x.tar.gz", b"z" * 100_000)
    assert station.post(f"/files/{secret}/", {"anything": sent}).status_code == 201
    assert LogFile.objects.get(name="x.tar.gz").size == 100_000
    assert station.post(f"/files/{secret}/", {"anything": "no file"}).status_code == 400


@pytest.mark.parametrize("method", ["get", "head", "delete", "options"])
def test_nothing_is_given_out(station: Client, secret: str, method: str) -> None:
    put(station, f"/files/{secret}/x.html", b"<script>")
    assert getattr(station, method)(f"/files/{secret}/x.html").status_code == 405


def test_an_address_that_is_unknown_or_over_takes_nothing(station: Client, secret: str) -> None:
    assert put(station, f"/files/{new_secret()}/x") == 404
    LogRequest.objects.update(upload_until=timezone.now() - timedelta(seconds=1))
    assert put(station, f"/files/{secret}/x") == 404
    assert LogFile.objects.count() == 1


def test_what_is_too_large_leaves_nothing_behind(
    station: Client, secret: str, settings: Settings, tmp_path: Path
) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    assert put(station, f"/files/{secret}/x", b"12345678901") == 413
    form = {"file": SimpleUploadedFile("x", b"12345678901")}
    assert station.post(f"/files/{secret}/", form).status_code == 413
    assert list(tmp_path.iterdir()) == []
    assert put(station, f"/files/{secret}/x", b"1234567890") == 201


def test_a_part_of_a_file_is_not_taken_for_the_whole(station: Client, secret: str) -> None:
    assert put(station, f"/files/{secret}/x", b"cd", content_range="bytes 2-3/4") == 400


def test_a_station_cannot_fill_the_disk_with_files(station: Client, secret: str) -> None:
    assert [put(station, f"/files/{secret}/{number}") for number in range(MOST_FILES + 1)] == [201] * MOST_FILES + [409]


def test_no_refusal_writes_the_address_into_the_log(
    station: Client, secret: str, capfd: pytest.CaptureFixture[str]
) -> None:
    station.get(f"/files/{secret}/x")
    assert secret not in "".join(capfd.readouterr())


@pytest.mark.parametrize("role", list(Role))
def test_a_log_is_saved_by_those_who_may(world: World, secret: str, station: Client, role: Role) -> None:
    put(station, f"/files/{secret}/x.html", b"<script>alert(1)</script>")
    file = LogFile.objects.get(name="x.html")
    answer = logged_in(world.staff[role]).get(reverse("console:log_file", args=[file.pk]))
    may = role in {Role.OWNER, Role.OPERATOR, Role.SUPPORT}
    assert answer.status_code == (200 if may else 403)
    assert AuditEvent.objects.filter(action="log downloaded").exists() == may
    if may:
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert b"".join(answer) == b"<script>alert(1)</script>"


def test_the_page_shows_what_was_asked_and_what_came(world: World, secret: str, station: Client) -> None:
    put(station, f"/files/{secret}/came.zip")
    url = reverse("console:station_part", args=[world[ChargingStation].pk, "logs"])
    page = logged_in(world.staff[Role.OPERATOR]).get(url).content.decode()
    assert all(told in page for told in ("came.zip", "Place Xanadu", 'data-told="uploading"', 'data-command="get-log"'))
    page = logged_in(world.staff[Role.READ_ONLY]).get(url).content.decode()
    assert "came.zip" in page
    assert "data-command" not in page
    assert reverse("console:log_file", args=[LogFile.objects.get(name="came.zip").pk]) not in page


def test_old_logs_are_forgotten_with_their_files(
    station: Client, secret: str, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    put(station, f"/files/{secret}/x")
    LogRequest.objects.filter(secret_hash=hash_of(secret)).update(requested_at=timezone.now() - timedelta(days=91))
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_old_logs() == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_files_of_a_deleted_station_go_after_it(world: World, station: Client, tmp_path: Path) -> None:
    gone = cast.create_station(world[Site], "GONE")
    secrets = {each: new_secret() for each in (gone, world[ChargingStation])}
    for each, secret in secrets.items():
        open_request(each, secret)
        put(station, f"/files/{secret}/x")
    delete_stations(ChargingStation.objects.filter(pk=gone.pk))
    delete_old_logs()
    assert (tmp_path / "logs" / str(world[ChargingStation].pk)).exists()
    assert not (tmp_path / "logs" / str(gone.pk)).exists()


def test_the_form_asks_for_times_of_the_station_and_own_locations_only(world: World) -> None:
    neighbour = build("Charlie's Chargers", "Quux")
    ChargingStation.objects.filter(pk=world[ChargingStation].pk).update(ocpp_version="1.6")
    url = reverse("console:command", args=[world[ChargingStation].pk, "get-log"])
    client = logged_in(world.staff[Role.OPERATOR])
    page = client.get(url).content.decode()
    assert "Place Xanadu" in page
    assert "Place Quux" not in page
    wish = {"kind": "diagnostics", "oldest_at": "2026-07-01T12:00", "latest_at": "2026-07-01T13:00", "retries": "2"}
    refused = client.post(url, wish | {"location": str(neighbour[FileLocation].pk)})
    assert "c-error" in refused.content.decode()
    assert client.post(url, wish).status_code == 200
    log = LogRequest.objects.order_by("-pk").first()
    assert log is not None
    assert log.command is not None
    zone = world[ChargingStation].time_zone
    assert log.oldest_at is not None
    assert (log.oldest_at.isoformat(), zone) == ("2026-07-01T10:00:00+00:00", "Europe/Berlin")
    assert (log.command.kind, log.command.arguments["retries"]) == ("GetDiagnostics", 2)


def test_a_password_of_a_file_server_is_never_shown(world: World) -> None:
    client = logged_in(world.staff[Role.OPERATOR])
    place = world[FileLocation]
    form = {"organization": world.organization.pk, "name": "FTP", "address": "ftp://f.example/", "username": "u"}
    url = reverse("admin:firmware_filelocation_change", args=[place.pk])
    assert client.post(url, form | {"password": "tell-nobody"}).status_code == 302
    place.refresh_from_db()
    assert place.full_address == "ftp://u:tell-nobody@f.example/"
    assert client.post(url, form).status_code == 302
    place.refresh_from_db()
    assert place.full_address == "ftp://u:tell-nobody@f.example/"
    shown = client.get(url).content.decode() + str(list(AuditEvent.objects.values()))
    assert "tell-nobody" not in shown
    assert place.password_encrypted not in shown
    for bad in ("gopher://f.example/", "ftp://u:p@f.example/", "files"):
        assert client.post(url, form | {"address": bad}).status_code == 200
