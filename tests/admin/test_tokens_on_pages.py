"""No page shows a token in full, not even of a command that still waits and therefore holds it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from charging.commands import RemoteStart
from csms.console.station import PARTS
from stations.commands import RawCall, send
from stations.models import ChargingStation, Command
from stations.states import CommandStatus
from tests import cast

pytestmark = pytest.mark.django_db

Make = Callable[[ChargingStation], Command]
UID, GROUP = "04A1B2C3D4E5F6", "FLEET-0815"


@pytest.fixture
def station() -> ChargingStation:
    return cast.create_station(cast.create_site(cast.create_organization()))


@pytest.fixture
def olga(station: ChargingStation) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(cast.create_staff(station.organization, "olga@harbour.example", Role.OPERATOR))
    return client


def remote_start(station: ChargingStation) -> Command:
    return send(station, RemoteStart(token=UID, token_type="ISO14443", remote_start_id=1, group_id=GROUP))


def local_list(station: ChargingStation) -> Command:
    entry = {"idTag": UID, "idTagInfo": {"status": "Accepted", "parentIdTag": GROUP}}
    payload = {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [entry]}
    return send(station, RawCall(action="SendLocalList", payload=payload))


def written_by_an_older_release(station: ChargingStation) -> Command:
    return Command.objects.create(
        station=station,
        kind="RemoteStart",
        status=CommandStatus.SENT,
        action="RequestStartTransaction",
        payload={"idToken": {"idToken": UID, "type": "ISO14443"}, "groupIdToken": {"idToken": GROUP}},
        response={"idToken": {"idToken": UID}},
        expires_at=timezone.now() + timedelta(minutes=2),
    )


@pytest.mark.parametrize("make", [remote_start, local_list, written_by_an_older_release])
def test_pages_of_a_command_mask_its_tokens(station: ChargingStation, olga: Client, make: Make) -> None:
    command = make(station)
    for url in (
        f"/admin/stations/command/{command.pk}/",
        "/admin/stations/command/",
        f"/admin/stations/command/{command.pk}/result/",
        f"/admin/stations/chargingstation/{station.pk}/",
        *(f"/admin/stations/chargingstation/{station.pk}/part/{part}/" for part in PARTS),
    ):
        answer = olga.get(url)
        assert answer.status_code == 200, url
        page = answer.content.decode()
        assert UID not in page, url
        assert GROUP not in page, url


def test_the_end_of_a_token_is_enough_to_recognise_it(station: ChargingStation, olga: Client) -> None:
    command = remote_start(station)
    assert "••••E5F6" in olga.get(f"/admin/stations/command/{command.pk}/").content.decode()
