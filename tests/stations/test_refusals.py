"""Refused handshakes fill no table, and what is old is forgotten."""

import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from stations import services, tasks
from stations.models import ChargingStation, Frame, GatewayProcess, RejectedConnection, StationConnection
from stations.services import refusals, retention
from stations.states import OcppVersion, RefusalCause, SecurityProfile
from tests import cast

pytestmark = pytest.mark.django_db

MANY = refusals.MANY_IDENTITIES


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_PER_ADDRESS", 3)


@pytest.fixture
def station() -> ChargingStation:
    return cast.create_station(cast.create_site(cast.create_organization()))


def knock(
    identity: str,
    address: str = "192.0.2.1",
    station: ChargingStation | None = None,
    cause: RefusalCause = RefusalCause.UNKNOWN_IDENTITY,
) -> None:
    services.refuse_connection(
        cause=cause, identity=identity, station=station, address=address, path="/", subprotocols=[], headers={}
    )


def counts() -> Counter[str]:
    return Counter(dict(RejectedConnection.objects.values_list("identity", "count")))


def test_an_address_with_many_names_gets_one_row_for_the_rest() -> None:
    for number in range(10):
        knock(f"CP{number}")
    assert counts() == {"CP0": 1, "CP1": 1, "CP2": 1, MANY: 7}


def test_a_name_that_has_its_row_is_counted_there() -> None:
    for number in [*range(5), 1]:
        knock(f"CP{number}")
    assert counts() == {"CP0": 1, "CP1": 2, "CP2": 1, MANY: 2}


def test_others_are_still_seen_by_name(station: ChargingStation) -> None:
    for number in range(5):
        knock(f"CP{number}")
    knock("CP9", address="192.0.2.2")
    knock("old_faithful", station=station, cause=RefusalCause.WRONG_PASSWORD)
    assert {"CP9", "old_faithful"} <= counts().keys()


def test_the_next_day_new_names_are_kept_again() -> None:
    for number in range(5):
        knock(f"CP{number}")
    RejectedConnection.objects.update(first_at=timezone.now() - timedelta(hours=25))
    knock("CP9")
    assert counts()["CP9"] == 1


def test_who_has_not_tried_for_a_month_is_forgotten() -> None:
    knock("gone")
    RejectedConnection.objects.update(last_at=timezone.now() - timedelta(days=31))
    knock("here")
    tasks.delete_old_refusals()
    assert counts().keys() == {"here"}


def test_old_frames_and_connections_are_forgotten(station: ChargingStation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    gateway = GatewayProcess.objects.create(lease_until=timezone.now())
    for days in (0, 29, 31, 32, 33, 34, 35):
        at = timezone.now() - timedelta(days=days)
        opened = {"ocpp_version": OcppVersion.V16, "security_profile": SecurityProfile.BASIC}
        StationConnection.objects.create(station=station, gateway=gateway, opened_at=at, closed_at=at, **opened)
        Frame.objects.create(station=station, connection_id=uuid.uuid4(), at=at, direction=0, text="[]")
    StationConnection.objects.create(station=station, gateway=gateway, opened_at=at, **opened)
    tasks.roll_frames()
    assert Frame.objects.count() == 2
    assert StationConnection.objects.filter(closed_at=None).count() == 1
    assert StationConnection.objects.count() == 3
