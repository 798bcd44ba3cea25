"""Firmware files: kept, tried against their signature, given to the one station they were meant for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.roles import Role
from firmware.addresses import hash_of, new_secret
from firmware.errors import DoesNotFit, NotInThisVersion, NotSigned
from firmware.models import Firmware, FirmwareUpdate
from firmware.services import request_update
from firmware.states import FIRMWARE_MOVES, FirmwareStatus
from stations.models import ChargingStation, Command
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build
from tests.simulator.signing import signing_certificate

pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 1000
CERTIFICATE, sign = signing_certificate()


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT, settings.STATIC_ROOT = str(tmp_path), None


@pytest.fixture
def world() -> World:
    world = build("Harbour Energy", "Xanadu")
    ChargingStation.objects.update(model="Twin 22", firmware_version="1.4.2")
    return world


def add(world: World, **fields: object) -> int:
    """Through the form, as an operator; returns the answer's status."""
    form = {
        "organization": world.organization.pk,
        "vendor": "",
        "model": "Twin 22",
        "version": "2.0.0",
        "file": SimpleUploadedFile("../twin 2.0.0.bin", CONTENT),
        "address": "",
        "certificate": CERTIFICATE,
        "signature": sign(CONTENT),
    }
    return logged_in(world.staff[Role.OPERATOR]).post(reverse("admin:firmware_firmware_add"), form | fields).status_code


@pytest.fixture
def path(world: World) -> str:
    """Of an update that waits to be fetched."""
    assert add(world) == 302
    update = request_update(station=world[ChargingStation], firmware=Firmware.objects.get(version="2.0.0"), by=None)
    assert update.command is not None
    return "/files/" + str(update.command.arguments["location"]).split("/files/")[1]


def body(answer: Any) -> bytes:
    return b"".join(answer)


def test_a_file_is_measured_when_it_comes(world: World) -> None:
    assert add(world) == 302
    firmware = Firmware.objects.get(version="2.0.0")
    assert (firmware.size, firmware.file_name) == (len(CONTENT), "twin 2.0.0.bin")
    assert len(firmware.sha256) == 64
    assert Path(firmware.file.path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "wrong",
    [
        {"signature": sign(b"another file")},
        {"signature": "no base 64"},
        {"signature": ""},
        {"certificate": ""},
        {"certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"},
        {"file": "", "address": ""},
        {"file": "", "address": "javascript:alert(1)"},
    ],
)
def test_what_a_station_would_refuse_is_refused_here(world: World, wrong: dict[str, str]) -> None:
    assert add(world, **wrong) == 200
    assert not Firmware.objects.filter(version="2.0.0").exists()


def test_the_station_fetches_the_whole_or_a_part(path: str) -> None:
    """After an interruption it goes on where it was."""
    station = Client(headers={"host": "localhost"})
    whole = station.get(path)
    assert (whole.status_code, body(whole), whole["Content-Length"]) == (200, CONTENT, str(len(CONTENT)))
    for asked, first, last in (
        ("bytes=100-199", 100, 199),
        ("bytes=255000-", 255000, 255999),
        ("bytes=-6", 255994, 255999),
    ):
        part = station.get(path, headers={"range": asked})
        assert (part.status_code, body(part)) == (206, CONTENT[first : last + 1])
        assert part["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert station.get(path, headers={"range": "bytes=256000-"}).status_code == 416
    for endless in ("9" * 5000, "\u0663"):
        assert station.get(path, headers={"range": f"bytes={endless}-"}).status_code == 200
    changed = station.get(path, headers={"range": "bytes=5-", "if-range": '"other"'})
    assert (changed.status_code, body(changed)) == (200, CONTENT)
    head = station.head(path)
    assert (head.status_code, head["Content-Length"], head.content) == (200, str(len(CONTENT)), b"")
    assert whole["Content-Disposition"].startswith("attachment")


def test_it_is_given_to_nobody_else(path: str) -> None:
    station = Client(headers={"host": "localhost"})
    assert station.put(path, b"x").status_code == 405
    assert station.get(f"/files/{new_secret()}/twin.bin").status_code == 404
    FirmwareUpdate.objects.update(download_until=timezone.now() - timedelta(seconds=1))
    assert station.get(path).status_code == 404


def test_the_address_is_kept_as_a_hash(path: str) -> None:
    secret = path.split("/")[2]
    update = FirmwareUpdate.objects.get(secret_hash=hash_of(secret))
    assert secret not in str(FirmwareUpdate.objects.filter(pk=update.pk).values().get())


def test_firmware_of_other_stations_is_not_sent(world: World) -> None:
    assert add(world, model="Solo 11") == 302
    other = Firmware.objects.get(model="Solo 11")
    with pytest.raises(DoesNotFit, match="Twin 22"):
        request_update(station=ChargingStation.objects.get(), firmware=other, by=None)
    page = logged_in(world.staff[Role.OPERATOR]).get(
        reverse("console:command", args=[world[ChargingStation].pk, "update-firmware"])
    )
    assert "Solo 11" not in page.content.decode()


def test_what_a_version_cannot_say_is_said_before(world: World) -> None:
    assert add(world, certificate="", signature="") == 302
    plain = Firmware.objects.get(version="2.0.0")
    ChargingStation.objects.update(ocpp_version="1.6")
    station = ChargingStation.objects.get(pk=world[ChargingStation].pk)
    with pytest.raises(NotSigned):
        request_update(station=station, firmware=plain, by=None, is_signed=True)
    with pytest.raises(NotInThisVersion):
        request_update(station=station, firmware=plain, by=None, install_at=timezone.now())


def test_the_page_offers_it_and_shows_how_it_goes(world: World) -> None:
    assert add(world) == 302
    client, station = logged_in(world.staff[Role.SUPPORT]), world[ChargingStation]
    url = reverse("console:command", args=[station.pk, "update-firmware"])
    assert "Twin 22 2.0.0 · signed" in client.get(url).content.decode()
    wish = {"firmware": Firmware.objects.get(version="2.0.0").pk, "install_at": "2026-12-24T04:00", "retries": "1"}
    assert client.post(url, wish).status_code == 200
    command = Command.objects.latest("pk")
    install_at = datetime.fromisoformat(command.arguments["install_at"])
    assert (command.kind, install_at) == ("SignedUpdateFirmware", datetime(2026, 12, 24, 3, tzinfo=UTC))
    page = client.get(reverse("console:station_part", args=[station.pk, "upkeep"])).content.decode()
    assert 'data-told="downloading"' in page
    assert "from 1.4.2" in page


def test_the_table_of_moves() -> None:
    assert FIRMWARE_MOVES[FirmwareStatus.INSTALLED] == frozenset()
    for status, allowed in FIRMWARE_MOVES.items():
        assert FirmwareStatus.IDLE not in allowed
        assert FirmwareStatus.REQUESTED not in allowed
        assert status not in allowed
