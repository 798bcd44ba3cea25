"""Thousands that connect, boot and go in the same second: each is kept as if it had come alone."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.models import Event
from firmware.models import Firmware, FirmwareUpdate
from gateway.admission import record_boots
from stations import commands
from stations.models import ChargingStation, Command, Site, StationConnection
from stations.reports import BootReport
from stations.services import (
    Admission,
    Boot,
    Closing,
    Opening,
    Registered,
    StationDisabled,
    close_connections,
    connections,
    find_stations,
    have_commands,
    open_connections,
    start_gateway,
)
from stations.states import CommandStatus, OcppVersion, RegistrationStatus
from tests.conftest import add_station

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def gateways() -> list[uuid.UUID]:
    """Two that live."""
    ids = [uuid.uuid4(), uuid.uuid4()]
    for gateway_id in ids:
        start_gateway(gateway_id)
    return ids


def opening(station: ChargingStation, gateway_id: uuid.UUID) -> Opening:
    return Opening(station.pk, uuid.uuid4(), gateway_id, OcppVersion.V16, 1, "192.0.2.7")


def test_they_are_found_whatever_their_case(harbour: Site) -> None:
    for identity in ("One", "two"):
        add_station(harbour, identity)
    found = find_stations(["ONE", "nobody", "Two", "one", ""])
    assert [station and station.identity for station in found] == ["One", None, "two", "One", None]


def test_good_and_bad_ones_connect_together(
    harbour: Site,
    gateways: list[uuid.UUID],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    """One is new, one was connected elsewhere with a command under way, one was disabled, one deleted meanwhile."""
    rung: list[Any] = []
    monkeypatch.setattr(connections, "close_sockets", rung.extend)
    fresh, moving, disabled = (add_station(harbour, identity) for identity in ("fresh", "moving", "disabled"))
    older = opening(moving, gateways[0])
    open_connections([older])
    sent = commands.send(moving, commands.ClearCache())
    Command.objects.update(status=CommandStatus.SENT, connection_id=older.connection_id)
    ChargingStation.objects.filter(pk=disabled.pk).update(is_enabled=False)
    Event.objects.all().delete()

    openings = [opening(station, gateways[1]) for station in (disabled, moving, fresh)]
    gone = Opening(0, uuid.uuid4(), gateways[1], OcppVersion.V16, 1, None)
    with django_capture_on_commit_callbacks(execute=True):
        results = open_connections([*openings, gone])
    assert [type(result) for result in results] == [
        StationDisabled,
        Admission,
        Admission,
        ChargingStation.DoesNotExist,
    ]
    admission = results[2]
    assert isinstance(admission, Admission)
    assert (admission.station_id, admission.registration) == (fresh.pk, RegistrationStatus.ACCEPTED)
    assert (admission.time_zone, admission.has_booted) == (harbour.time_zone, False)
    assert dict(ChargingStation.objects.values_list("identity", "connection_id")) == {
        "fresh": openings[2].connection_id,
        "moving": openings[1].connection_id,
        "disabled": None,
    }
    assert StationConnection.objects.get(pk=older.connection_id).close_reason == "replaced by a newer connection"
    assert rung == [(gateways[0], moving.pk, older.connection_id)]
    sent.refresh_from_db()
    assert sent.status == CommandStatus.LOST
    told = Event.objects.filter(type="station.connected").values_list("station_id", "subject_id")
    assert set(told) == {
        (station.pk, str(each.connection_id)) for station, each in ((moving, openings[1]), (fresh, openings[2]))
    }
    assert StationConnection.objects.filter(closed_at=None).count() == 2

    # The old gateway hears late that its socket is gone; a third connection never was.
    closings = [
        Closing(older.connection_id, "closed with code 1006", AT),
        Closing(openings[2].connection_id, "closed with code 1000", AT),
        Closing(uuid.uuid4(), "nothing"),
    ]
    assert close_connections(closings) == [False, True, False]
    assert list(ChargingStation.objects.exclude(connection=None)) == [moving]
    fresh.refresh_from_db()
    assert fresh.last_seen_at == AT
    assert list(Event.objects.filter(type="station.disconnected").values_list("station_id", flat=True)) == [fresh.pk]


def test_boots_of_all_kinds_together(harbour: Site) -> None:
    """Whoever waits is not accepted by a boot; new firmware asks for the variables and proves its update."""
    known = {"vendor": "Voltaria", "model": "One", "firmware_version": "1.0", "booted_at": AT}
    pending, rejected = RegistrationStatus.PENDING, RegistrationStatus.REJECTED
    same, updated = add_station(harbour, "same", **known), add_station(harbour, "updated", **known)
    waiting = add_station(harbour, "waiting", registration=pending)
    unwanted = add_station(harbour, "unwanted", registration=rejected)
    firmware = Firmware.objects.create(organization=harbour.organization, version="2.0", address="https://f.test/2")
    update = FirmwareUpdate.objects.create(
        station=updated, firmware=firmware, is_signed=False, retrieve_at=AT, download_until=AT, version_before="1.0"
    )
    FirmwareUpdate.objects.update(requested_at=AT - timedelta(hours=1))

    def boot(station_id: int, version: str) -> Boot:
        report = BootReport(vendor="Voltaria", model="One", firmware_version=version, serial_number=f"S-{station_id}")
        return Boot(station_id, report, AT)

    boots = [boot(station.pk, "1.0") for station in (same, waiting, unwanted)]
    results = record_boots([boot(updated.pk, "2.0"), *boots, boot(0, "1.0")])
    assert isinstance(results[4], ChargingStation.DoesNotExist)
    registered = [result for result in results if isinstance(result, Registered)]
    accepted = RegistrationStatus.ACCEPTED
    assert [result.registration for result in registered] == [accepted, accepted, pending, rejected]
    assert [result.has_new_firmware for result in registered] == [True, False, True, True]
    rows = ChargingStation.objects.order_by("pk").values_list("identity", "firmware_version", "booted_at")
    assert list(rows) == [
        ("same", "1.0", AT),
        ("updated", "2.0", AT),
        ("waiting", "1.0", None),
        ("unwanted", "1.0", None),
    ]
    assert set(ChargingStation.objects.values_list("serial_number", flat=True)) == {
        f"S-{station.pk}" for station in (same, updated, waiting, unwanted)
    }
    assert list(Command.objects.values_list("station__identity", "kind")) == [("updated", "GetBaseReport")]
    update.refresh_from_db()
    assert update.confirmed_at == AT


@pytest.mark.parametrize("count", [1, 30])
def test_many_cost_no_more_statements_than_one(harbour: Site, gateways: list[uuid.UUID], count: int) -> None:
    stations = [add_station(harbour, f"station-{number}", booted_at=AT) for number in range(count)]
    first, second = ([opening(station, gateway) for station in stations] for gateway in gateways)
    boots = [Boot(station.pk, BootReport(vendor="", model=""), AT) for station in stations]
    closings = [Closing(each.connection_id, "closed with code 1000", AT) for each in second]
    names = [station.identity for station in stations]
    works: list[tuple[int, Callable[[], object]]] = [
        (1, lambda: find_stations(names)),
        (4, lambda: open_connections(first)),
        (6, lambda: open_connections(second)),
        (2, lambda: record_boots(boots)),
        (1, lambda: have_commands([station.pk for station in stations])),
        (4, lambda: close_connections(closings)),
    ]
    for limit, work in works:
        with CaptureQueriesContext(connection) as captured:
            work()
        asked = [query["sql"] for query in captured if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT"))]
        assert len(asked) <= limit, [sql[:100] for sql in asked]
