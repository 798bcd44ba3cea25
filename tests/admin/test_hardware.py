"""EVSEs and connectors on their page: by hand, from what the station reports, by whom, and what stays."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.roles import Role, allows
from charging.models import Session
from stations.models import ChargingStation, Connector, Evse, Variable
from tests.admin.filling import fields_of
from tests.admin.test_isolation import every_role, logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = build("Harbour Energy", "Harbour")
    Session.objects.update(evse_number=None)
    return world


@pytest.fixture
def client(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


def url(world: World) -> str:
    return reverse("console:station_hardware", args=[world[ChargingStation].pk])


def send(client: Client, world: World, query: str = "", **changed: str) -> Any:
    """The form as it is shown, with these fields changed; ``None`` is left out."""
    shown = fields_of(client.get(url(world) + query).content.decode(), "hardware")
    return client.post(url(world), shown | {name.replace("__", "-"): value for name, value in changed.items()})


def tell(world: World, component: str, name: str, value: str, **fields: Any) -> None:
    station = world[ChargingStation]
    Variable.objects.create(
        station=station, component=component, name=name, value=value, updated_at=timezone.now(), **fields
    )


def test_what_is_entered_is_kept_and_audited_with_before_and_after(client: Client, world: World) -> None:
    answer = send(
        client,
        world,
        evses__0__max_power_w="150000",
        evses__0__connectors__0__type="cCCS2",
        evses__0__connectors__0__power_type="dc",
        evses__0__connectors__0__max_voltage_v="920",
        evses__0__connectors__0__max_current_a="500",
    )
    assert answer.headers["Location"] == reverse("console:station", args=[world[ChargingStation].pk])
    connector = Connector.objects.get()
    assert (connector.type, connector.power_type, connector.max_voltage_v) == ("cCCS2", "dc", 920)
    assert (connector.evse.max_power_w, connector.status) == (150_000, "charging")
    event = AuditEvent.objects.get(action="EVSEs changed")
    assert event.actor == world.staff[Role.OPERATOR]
    assert event.details["changes"]["EVSE 1: Maximum power"] == {"before": "", "after": "150000 W"}
    assert event.details["changes"]["EVSE 1, connector 1: Type"] == {"before": "Unknown", "after": "CCS 2"}
    send(client, world)
    assert AuditEvent.objects.filter(action="EVSEs changed").count() == 1


def test_rows_are_added_without_a_script_and_numbered(client: Client, world: World) -> None:
    page = send(client, world, grow="evses").content.decode()
    shown = fields_of(page, "hardware")
    assert (shown["evses-1-number"], shown["evses-1-connectors-0-number"]) == ("2", "1")
    assert 'role="alert"' not in page
    shown = fields_of(client.post(url(world), shown | {"grow": "evses-1-connectors"}).content.decode(), "hardware")
    assert Evse.objects.count() == 1
    client.post(url(world), shown)
    assert list(Connector.objects.values_list("evse__number", "number")) == [(1, 1), (2, 1), (2, 2)]


def test_differences_are_shown_before_anything_is_saved(client: Client, world: World) -> None:
    page = send(client, world, check="1", evses__0__name="Left").content.decode()
    assert 'data-changes="1"' in page
    assert Evse.objects.get().name == "Place Harbour"


def test_what_the_station_reports_is_taken_over_and_nothing_else_is_lost(client: Client, world: World) -> None:
    """OCPP 2.0.1 appendix 3.1: EVSE.Power has its limit; SupplyPhases 0 is direct current; names have no case."""
    Evse.objects.update(max_power_w=7)
    for number, limit, unit in ((1, 150, "kW"), (2, 50_000, "W")):
        tell(world, "evse", "Power", "0", evse_number=number, unit=unit, max_limit=limit)
        tell(world, "EVSE", "SupplyPhases", "0", evse_number=number)
        tell(world, "Connector", "ConnectorType", "cG105", evse_number=number, connector_number=1)
    tell(world, "Connector", "ConnectorType", "cMagic", evse_number=2, connector_number=2)
    page = client.get(url(world) + "?reported=1").content.decode()
    assert "cMagic" in page
    assert "7 W" in page
    assert Evse.objects.count() == 1
    send(client, world, query="?reported=1")
    rows = Connector.objects.order_by("evse__number", "number")
    assert [(row.evse.number, row.number, row.type, row.power_type, row.evse.max_power_w) for row in rows] == [
        (1, 1, "cG105", "dc", 150_000),
        (2, 1, "cG105", "dc", 50_000),
        (2, 2, "Unknown", "dc", 50_000),
    ]
    assert Evse.objects.get(number=1).name == "Place Harbour"
    assert "data-take-over" not in client.get(url(world)).content.decode()


@pytest.mark.parametrize("value", ["", "-1", "two", "9" * 40, "²"])
def test_a_number_of_connectors_that_is_none_says_nothing(client: Client, world: World, value: str) -> None:
    tell(world, "", "NumberOfConnectors", value)
    assert "data-take-over" not in client.get(url(world)).content.decode()


def test_an_absurd_report_is_shown_in_part(client: Client, world: World) -> None:
    tell(world, "", "NumberOfConnectors", "9999999")
    answer = send(client, world, query="?reported=1")
    assert answer.status_code == 302
    assert Evse.objects.count() < 100


def test_what_a_session_refers_to_is_not_removed(client: Client, world: World) -> None:
    Session.objects.update(evse_number=1, connector_number=None)
    for field in ("evses-0-remove", "evses-0-connectors-0-remove"):
        shown = fields_of(client.get(url(world)).content.decode(), "hardware")
        page = client.post(url(world), shown | {field: "on", "evses-0-name": "Other"}).content.decode()
        assert "cannot be removed: 1 session took place there" in page
    assert (Evse.objects.get().name, Connector.objects.count()) == ("Place Harbour", 1)
    Session.objects.update(connector_number=2)
    send(client, world, evses__0__connectors__0__remove="on")
    assert not Connector.objects.exists()


def test_an_evse_is_removed_with_its_connectors(client: Client, world: World) -> None:
    send(client, world, evses__0__remove="on")
    assert not Evse.objects.exists()
    assert "No EVSEs yet" in client.get(url(world)).content.decode()


def test_what_came_meanwhile_stays(client: Client, world: World) -> None:
    shown = fields_of(client.get(url(world)).content.decode(), "hardware")
    Connector.objects.create(evse=Evse.objects.get(), number=2)
    client.post(url(world), shown | {"evses-0-name": "Left"})
    assert (Evse.objects.get().name, Connector.objects.count()) == ("Left", 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"evses-0-max_power_w": "-5"},
        {"evses-0-max_power_w": "9" * 30},
        {"evses-0-name": "x" * 51},
        {"evses-0-number": "40000"},
        {"evses-0-connectors-0-type": "cMagic"},
        {"evses-0-connectors-0-number": ""},
        {"evses-0-connectors-TOTAL_FORMS": "many"},
        {"evses-TOTAL_FORMS": ""},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_what_does_not_fit_changes_nothing(client: Client, world: World, wrong: dict[str, str]) -> None:
    shown = fields_of(client.get(url(world)).content.decode(), "hardware")
    page = client.post(url(world), shown | {"evses-0-name": "Left"} | wrong).content.decode()
    assert "Nothing was saved" in page
    assert Evse.objects.get().name == "Place Harbour"


def test_a_number_twice_is_said_where_it_is(client: Client, world: World) -> None:
    shown = fields_of(send(client, world, grow="evses").content.decode(), "hardware")
    page = client.post(url(world), shown | {"evses-1-number": "1"}).content.decode()
    assert page.count("This number is there twice.") == 1
    assert Evse.objects.count() == 1


@every_role
def test_who_may_change_a_station_may_change_its_evses(world: World, role: Role) -> None:
    may = allows(role, "stations.change_chargingstation")
    visitor = logged_in(world.staff[role])
    assert visitor.get(url(world)).status_code == (200 if may else 403)
    shown = fields_of(logged_in(world.staff[Role.OWNER]).get(url(world)).content.decode(), "hardware")
    assert visitor.post(url(world), shown | {"evses-0-name": "Left"}).status_code == (302 if may else 403)
    assert (Evse.objects.get().name == "Left") is may


def test_the_neighbour_finds_no_such_page(world: World) -> None:
    charlie = logged_in(build("Charlie's Chargers", "Quuxville").staff[Role.OWNER])
    assert charlie.get(url(world)).status_code == 404
    assert charlie.post(url(world), {"evses-0-name": "Left"}).status_code == 404
