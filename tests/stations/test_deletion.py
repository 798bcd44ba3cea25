"""What is outside the database goes with a station: its socket, and the files of its notes."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.roles import Role
from charging.models import MeterReading, Session, SessionAnomaly
from stations.models import ChargingStation, StationConnection
from stations.services import add_note, delete_stations
from stations.services import deletion as deleting
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> World:
    """A station at which nobody charged yet: what was charged keeps its station."""
    settings.MEDIA_ROOT = str(tmp_path)
    world = build("Harbour Energy", "Harbour")
    for model in (SessionAnomaly, MeterReading, Session):
        model._default_manager.all().delete()
    return world


def files(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_deleted_station_leaves_no_file_and_no_socket(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    closed: list[Any] = []
    monkeypatch.setattr(deleting, "close_sockets", closed.extend)
    station, connection = world[ChargingStation], world[StationConnection]
    note = SimpleUploadedFile("key.txt", b"In the box", content_type="text/plain")
    add_note(station=station, text="", file=note, by=world.staff[Role.OPERATOR])
    assert len(files(tmp_path)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_stations(ChargingStation.objects.filter(pk=station.pk)) == 1
        assert (closed, len(files(tmp_path))) == ([], 1)
    assert closed == [(connection.gateway_id, station.pk, connection.pk)]
    assert files(tmp_path) == []


def test_what_is_not_deleted_after_all_keeps_its_files(world: World, tmp_path: Path) -> None:
    note = SimpleUploadedFile("key.txt", b"In the box", content_type="text/plain")
    add_note(station=world[ChargingStation], text="", file=note, by=world.staff[Role.OPERATOR])
    with transaction.atomic():
        delete_stations(ChargingStation.objects.all())
        transaction.set_rollback(True)
    assert len(files(tmp_path)) == 1
