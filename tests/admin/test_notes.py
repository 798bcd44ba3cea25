"""Notes and files of a station: who adds them, what is kept, who sees it."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django import Settings

from accounts.roles import Role
from stations.models import ChargingStation, StationNote
from tests.admin.test_isolation import every_role, logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = str(tmp_path)
    world = build("Harbour Energy", "Xanadu")
    StationNote.objects.all().delete()
    return world


def add(world: World, role: Role, text: str = "", name: str = "", content: bytes = b"") -> int:
    sent = {"text": text} | ({"file": SimpleUploadedFile(name, content)} if name else {})
    url = reverse("console:station_note_add", args=[world[ChargingStation].pk])
    return logged_in(world.staff[role]).post(url, sent).status_code


@every_role
def test_who_may_add_a_note(world: World, role: Role) -> None:
    may = role in (Role.OWNER, Role.OPERATOR, Role.SUPPORT)
    assert add(world, role, "The key is at the kiosk <b>") == (302 if may else 403)
    assert StationNote.objects.count() == may


def test_a_photo_is_shown_to_colleagues_only_and_deleted_with_its_note(
    world: World, tmp_path: Path, django_capture_on_commit_callbacks: pytest.FixtureRequest
) -> None:
    add(world, Role.SUPPORT, name="../../etc/photo.PNG", content=PNG)
    note = StationNote.objects.get()
    url = reverse("console:note_file", args=[note.pk])
    answer = logged_in(world.staff[Role.READ_ONLY]).get(url)
    assert (answer.content, answer.headers["Content-Type"], note.file_name) == (PNG, "image/png", "photo.PNG")
    assert Path(note.file.path).resolve().is_relative_to(tmp_path.resolve())
    neighbour = build("Charlie's Chargers", "Quuxville")
    assert logged_in(neighbour.staff[Role.OWNER]).get(url).status_code == 404
    delete = reverse("console:note_delete", args=[note.pk])
    assert logged_in(world.staff[Role.SUPPORT]).post(delete).status_code == 403
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert logged_in(world.staff[Role.OPERATOR]).post(delete).status_code == 302
    assert not Path(note.file.path).exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("page.html", b"<script>"), ("picture.svg", b"<svg>"), ("photo.png", b"<script>"), ("large.txt", bytes(2000))],
)
def test_what_is_not_kept(world: World, settings: Settings, name: str, content: bytes) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1000
    assert add(world, Role.OPERATOR, name=name, content=content) == 302
    assert add(world, Role.OPERATOR) == 302
    assert not StationNote.objects.exists()
