"""Firmware and certificates on the station page: what the station told, what was asked, and nothing made up."""

import uuid
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from firmware.models import FirmwareProgress, FirmwareUpdate
from firmware.states import FirmwareStatus
from stations.models import ChargingStation, Command, Direction, Frame, Variable
from stations.states import CommandStatus, OcppVersion
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db

HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb"}


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


def ask(world: World, action: str, payload: object, response: Any, minutes_ago: int = 0) -> None:
    Command.objects.create(
        station=world[ChargingStation],
        kind="RawCall",
        arguments={"action": action, "payload": payload},
        status=CommandStatus.ACCEPTED,
        response=response,
        requested_by=world.staff[Role.OPERATOR],
        expires_at=timezone.now(),
        finished_at=timezone.now() - timedelta(minutes=minutes_ago),
    )


def test_where_nothing_was_told_the_page_says_so(client: Client, world: World) -> None:
    FirmwareUpdate.objects.all().delete()
    page = part(client, world)
    assert "No boot is on record" in page
    assert "The station was not asked yet" in page


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


def test_certificates_are_what_the_station_answered(client: Client, world: World) -> None:
    chain = {
        "certificateType": "V2GCertificateChain",
        "certificateHashData": {**HASH, "serialNumber": "A1"},
        "childCertificateHashData": [{**HASH, "serialNumber": "B2"}],
    }
    older = {"status": "Accepted", "certificateHashDataChain": [{**chain, "certificateHashData": HASH}]}
    ask(world, "GetInstalledCertificateIds", {}, older, 20)
    ask(world, "GetInstalledCertificateIds", {}, {"status": "Accepted", "certificateHashDataChain": [chain]}, 10)
    root = {"status": "Accepted", "certificateHashData": [{**HASH, "serialNumber": "C3"}]}
    ask(world, "GetInstalledCertificateIds", {"certificateType": "CentralSystemRootCertificate"}, root, 10)
    ask(world, "GetInstalledCertificateIds", {"certificateType": ["MORootCertificate"]}, {"status": "NotFound"}, 10)
    page = part(client, world)
    assert page.count("data-answer") == 3
    assert all(told in page for told in ("A1", "B2", "C3", "CentralSystemRootCertificate", "It has none of these."))
    assert "Ask again" not in page
    ask(world, "DeleteCertificate", {"certificateHashData": HASH}, {"status": "Accepted"})
    assert "Ask again" in part(client, world)


@pytest.mark.parametrize(
    ("version", "offered", "unknown"),
    [
        (OcppVersion.V16, "update-firmware", "PublishFirmware"),
        (OcppVersion.V201, "PublishFirmware", "SignedUpdateFirmware"),
        (OcppVersion.V21, "InstallCertificate", "SignedUpdateFirmware"),
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
    assert "Certificates" in page
    assert "data-command" not in page
