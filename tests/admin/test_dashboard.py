"""The dashboard's numbers, each against rows made for it; and whose they are."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from accounts.roles import Role
from charging import services as charging
from charging.models import LoadSample, Session
from charging.services.load import slot_of
from csms.console import figures
from csms.console.figures import Scope
from csms.console.happenings import latest_events
from stations.models import (
    ChargingStation,
    Command,
    Connector,
    Evse,
    RejectedConnection,
    Site,
    StationConnection,
    StationTrouble,
    StatusInterval,
)
from stations.services import measure_trouble
from stations.states import CommandStatus, ConnectorStatus, RefusalHandling
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Xanadu")


@pytest.fixture
def scope(world: World) -> Scope:
    return Scope((world.organization.pk,), "UTC")


@pytest.fixture
def olga(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


def test_evses_by_state(world: World, scope: Scope) -> None:
    assert figures.evse_shares(scope) == [("charging", 1)]
    station = world[ChargingStation]
    Connector.objects.create(evse=world[Evse], number=2, status=ConnectorStatus.FAULTED)
    Evse.objects.create(station=station, number=2)
    assert figures.evse_shares(scope) == [("faulted", 1), ("unknown", 1)]
    ChargingStation.objects.filter(pk=station.pk).update(connection=None)
    assert figures.evse_shares(scope) == [("offline", 2)]


def test_of_several_connectors_the_most_urgent_counts(world: World, scope: Scope) -> None:
    statuses = [ConnectorStatus.UNAVAILABLE, ConnectorStatus.AVAILABLE, ConnectorStatus.SUSPENDED_EV]
    for number, status in enumerate(statuses, 2):
        Connector.objects.create(evse=world[Evse], number=number, status=status)
    assert figures.evse_shares(scope) == [("charging", 1)]
    Connector.objects.filter(number=1).update(status=ConnectorStatus.AVAILABLE)
    assert figures.evse_shares(scope) == [("suspended_ev", 1)]
    Connector.objects.filter(number=1).delete()
    assert figures.evse_shares(scope) == [("suspended_ev", 1)]


def test_power_counts_while_it_is_fresh_against_the_grid(world: World, scope: Scope) -> None:
    Session.objects.update(last_reading_at=timezone.now())
    Site.objects.update(grid_limit_w=74_000)
    assert figures.power(scope) == {"running": 1, "power_w": 7400, "limit_w": 74_000, "percent": 10}
    Session.objects.update(last_reading_at=timezone.now() - timedelta(hours=1))
    assert figures.power(scope)["power_w"] == 0
    Site.objects.update(grid_limit_w=None)
    assert figures.power(scope)["percent"] is None


def test_sessions_today_are_compared_with_the_same_weekday_until_now(world: World, scope: Scope) -> None:
    now = timezone.now()
    Session.objects.update(started_at=now)
    for at in (now - timedelta(days=7, seconds=1), now - timedelta(days=7) + timedelta(hours=1)):
        another(world[Session], started_at=at)
    numbers = figures.today(scope)
    assert numbers["count"] == 1
    if now - timedelta(seconds=1) >= scope.midnight:
        assert (numbers["count_before"], numbers["count_change"]) == (1, "as much as")


def another(session: Session, **values: Any) -> Session:
    session.pk, session.transaction_id, session.start_key = None, uuid.uuid4().hex, ""
    for name, value in values.items():
        setattr(session, name, value)
    session.save()
    return session


def test_energy_today_is_what_was_delivered_since_midnight_and_not_what_began_since(
    world: World, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A car that charges over midnight counts with what it got after it, today and a week ago."""
    afternoon = datetime(2026, 11, 27, 15, 2, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: afternoon)
    now, midnight = timezone.now(), scope.midnight
    week = timedelta(days=7)
    session = world[Session]
    Session.objects.all().update(started_at=midnight - week - timedelta(hours=3), energy_wh=10_000)
    charging.record_load(midnight - week)
    Session.objects.all().update(energy_wh=14_000)
    another(session, started_at=midnight - week, ended_at=midnight - week + timedelta(hours=1), energy_wh=2_000)
    charging.record_load(now - week)
    another(session, started_at=now - week, ended_at=now - week + timedelta(hours=1), energy_wh=77_000)
    Session.objects.filter(ended_at=None).update(energy_wh=20_000)
    charging.record_load(midnight)
    Session.objects.filter(ended_at=None).update(energy_wh=23_000)
    another(session, started_at=midnight - timedelta(hours=1), ended_at=midnight + timedelta(hours=1), energy_wh=6_000)
    numbers = figures.today(scope)
    assert (numbers["energy_today_wh"], numbers["energy_before_wh"]) == (9_000, 6_000)
    assert numbers["energy_change"] == "50 % more than"
    LoadSample.objects.filter(at__lt=midnight).delete()
    assert figures.today(scope)["energy_change"] == "", "Without samples of that day nothing is compared."
    LoadSample.objects.all().delete()
    assert figures.today(scope)["energy_today_wh"] == 0, "What it got before midnight is not known, so it is left out."


def test_queues_count_what_waits(world: World, scope: Scope) -> None:
    assert {name: count.value for name, count in figures.queues(scope).items()} == {
        "anomalies": 1,
        "refusals": 1,
        "failed_commands": 0,
    }
    Command.objects.update(status=CommandStatus.TIMED_OUT)
    RejectedConnection.objects.update(handling=RefusalHandling.DISMISSED)
    assert figures.queues(scope)["failed_commands"].value == 1
    assert figures.queues(scope)["refusals"].value == 0
    assert str(figures.Count1000(1000)) == "1000+"


def test_a_station_that_reconnects_all_the_time_is_told(world: World, scope: Scope, olga: Client) -> None:
    station, gateway = world[ChargingStation], world[StationConnection].gateway
    now = timezone.now()
    StationConnection.objects.bulk_create(
        StationConnection(
            station=station,
            gateway=gateway,
            ocpp_version="1.6",
            security_profile=1,
            opened_at=now - timedelta(seconds=second),
            closed_at=now - timedelta(seconds=second),
        )
        for second in range(1, 200)
    )
    measure_trouble(now)
    trouble = figures.worst_stations(scope).get()
    assert trouble.connect_count == 200
    assert trouble.score >= 100
    page = olga.get(reverse("console:station", args=[station.pk])).content.decode()
    assert "This station connected 200 times within the last hour." in page
    StationConnection.objects.filter(station=station).update(opened_at=now - timedelta(hours=2))
    assert "within the last hour" not in olga.get(reverse("console:station", args=[station.pk])).content.decode()


def test_stations_in_trouble_are_measured(world: World, scope: Scope) -> None:
    now, station = timezone.now(), world[ChargingStation]
    StationConnection.objects.update(opened_at=now - timedelta(hours=1))
    StationConnection.objects.create(
        station=station,
        gateway=world[StationConnection].gateway,
        ocpp_version="2.0.1",
        security_profile=1,
        opened_at=now - timedelta(hours=5),
        closed_at=now - timedelta(hours=3),
    )
    StatusInterval.objects.update(status=ConnectorStatus.FAULTED)
    Command.objects.update(status=CommandStatus.REJECTED)
    assert measure_trouble(now) == measure_trouble(now) == 1
    trouble = figures.worst_stations(scope).get()
    assert (trouble.fault_count, trouble.failed_command_count, trouble.offline) == (1, 1, timedelta(hours=2))
    ChargingStation.objects.update(connection=None, last_seen_at=now - timedelta(days=9))
    measure_trouble(now)
    assert StationTrouble.objects.get().offline == timedelta(days=7)
    ChargingStation.objects.update(is_enabled=False)
    assert measure_trouble(now) == 0


def test_the_load_is_sampled_once_a_slot(world: World, scope: Scope) -> None:
    now = timezone.now()
    Session.objects.update(last_reading_at=now)
    charging.record_load(now)
    charging.record_load(now)
    charging.record_load(now - timedelta(minutes=5))
    load = figures.load_of(scope)
    assert load.power_w == [7400, 7400]
    assert load.at[-1] == slot_of(now)
    assert figures.load_of(scope, world[Site]).power_w == [7400, 7400]
    assert {mean for _, mean, _ in load.hours()} == {7400}
    charging.record_load(now + timedelta(days=36))
    assert LoadSample.objects.count() == 2


def test_events_of_all_kinds_are_merged(world: World, scope: Scope) -> None:
    StatusInterval.objects.update(status=ConnectorStatus.FAULTED)
    Command.objects.update(status=CommandStatus.LOST)
    kinds = [event.vocabulary for event in latest_events(scope)]
    assert sorted(kinds) == ["anomaly", "command", "connector", "refusal", "session", "station"]
    assert len(latest_events(scope, count=2)) == 2


def test_connects_and_disconnects_of_the_last_hour_are_events(world: World, scope: Scope) -> None:
    connection = world[StationConnection]
    assert [event.text for event in latest_events(scope, count=20)].count("Connected") == 1
    connection.closed_at = timezone.now()
    connection.save()
    notes = {event.text: event.note for event in latest_events(scope, count=20)}
    assert notes["Disconnected"] == "Xanadu"
    StationConnection.objects.update(
        opened_at=timezone.now() - timedelta(hours=2), closed_at=timezone.now() - timedelta(hours=2)
    )
    assert not {"Connected", "Disconnected"} & {event.text for event in latest_events(scope, count=20)}


def test_whoever_works_for_two_chooses_and_nobody_chooses_a_neighbour(world: World) -> None:
    other, neighbour = build("Pier Power", "Yonder"), build("Charlie's Chargers", "Quuxville")
    user = world.staff[Role.READ_ONLY]
    Membership.objects.create(user=user, organization=other.organization, role=Role.READ_ONLY)
    client = logged_in(user)
    both = client.get(reverse("admin:index")).content.decode()
    assert "Station Xanadu" in both
    assert "Station Yonder" in both
    for name in ("admin:index", "console:dashboard_part"):
        one = client.get(reverse(name), {"organization": other.organization.pk}).content.decode()
        assert "Station Xanadu" not in one
        assert "Station Yonder" in one
    for wanted in (neighbour.organization.pk, "' OR 1=1", ""):
        for name in ("admin:index", "console:dashboard_part", "console:dashboard_load", "console:dashboard_load_table"):
            answer = client.get(reverse(name), {"organization": wanted})
            assert answer.status_code == 200
            assert "Quuxville" not in answer.content.decode()


def test_every_number_leads_to_its_list(world: World, olga: Client) -> None:
    Command.objects.update(status=CommandStatus.LOST)
    page = olga.get(reverse("admin:index"), {"organization": world.organization.pk})
    for name, link in page.context["links"].items():
        answer = olga.get(link)
        assert answer.status_code == 200, name
        assert "Xanadu" in answer.content.decode(), name
    charging_now = olga.get(page.context["links"]["stations"] + "&evse=charging").content.decode()
    faulted_now = olga.get(page.context["links"]["stations"] + "&evse=faulted").content.decode()
    assert ("Station Xanadu" in charging_now, "Station Xanadu" in faulted_now) == (True, False)
