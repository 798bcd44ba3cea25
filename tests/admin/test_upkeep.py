"""Firmware on the station page: what the station told, what was asked, and nothing made up."""

import uuid
from datetime import timedelta

import orjson
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from firmware.models import FirmwareProgress, FirmwareUpdate
from firmware.states import FirmwareStatus
from stations.models import ChargingStation, Direction, Frame, Variable
from stations.states import OcppVersion
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Harbour")


@pytest.fixture
def client(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


def part(client: Client, world: World) -> str:
    url = reverse("console:station_part", args=[world[ChargingStation].pk, "upkeep"])
    return client.get(url).content.decode()


def tell(world: World, action: str, payload: object, minutes_ago: int) -> None:
    Frame.objects.create(
        station=world[ChargingStation],
        connection_id=uuid.uuid4(),
        at=timezone.now() - timedelta(minutes=minutes_ago),
        direction=Direction.IN,
        message_type=2,
        message_id="1",
        action=action,
        text=orjson.dumps([2, "1", action, payload]).decode(),
    )


def test_where_nothing_was_told_the_page_says_so(client: Client, world: World) -> None:
    FirmwareUpdate.objects.all().delete()
    page = part(client, world)
    assert "No boot is on record" in page


def test_each_version_is_told_with_its_boots_in_the_words_of_1_6_and_2_x(client: Client, world: World) -> None:
    tell(world, "BootNotification", {"chargePointVendor": "V", "firmwareVersion": "1.0"}, 30)
    for minutes_ago in (20, 10):
        tell(world, "BootNotification", {"chargingStation": {"firmwareVersion": "2.0"}}, minutes_ago)
    FirmwareProgress.objects.create(
        station=world[ChargingStation],
        status=FirmwareStatus.INSTALLATION_FAILED,
        moved=False,
        at=timezone.now(),
    )
    for odd in ("text", ["list"], {"chargingStation": "text"}, {"firmwareVersion": {"deep": 1}}):
        tell(world, "BootNotification", odd, 40)
    Variable.objects.create(
        station=world[ChargingStation], component="Modem", name="FirmwareVersion", value="M7", updated_at=timezone.now()
    )
    page = part(client, world)
    assert page.index("2.0") < page.index("2 boots") < page.index(">1.0<")
    assert 'data-state="installation_failed"' in page
    assert "M7" in page


@pytest.mark.parametrize(
    ("version", "offered", "unknown"),
    [
        (OcppVersion.V16, "update-firmware", "PublishFirmware"),
        (OcppVersion.V201, "PublishFirmware", "SignedUpdateFirmware"),
        (OcppVersion.V21, "UnpublishFirmware", "SignedUpdateFirmware"),
        ("", "update-firmware", "PublishFirmware"),
    ],
)
def test_what_can_be_asked_is_what_the_version_has(
    client: Client, world: World, version: str, offered: str, unknown: str
) -> None:
    ChargingStation.objects.update(ocpp_version=version)
    page = part(client, world)
    assert not offered or f'data-command="{offered}"' in page
    assert f'data-command="{unknown}"' not in page


def test_who_may_send_no_commands_sees_no_buttons(world: World) -> None:
    page = part(logged_in(world.staff[Role.READ_ONLY]), world)
    assert "Firmware" in page
    assert "data-command" not in page
