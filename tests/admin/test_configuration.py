"""A station's configuration, changed in its row: what is sent, what is refused here, and by whom."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.roles import Role
from stations.models import ChargingStation, Command, Variable
from stations.models.variable import Mutability
from stations.states import CommandStatus
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Harbour")


@pytest.fixture
def client(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


def add(world: World, name: str = "HeartbeatInterval", **fields: object) -> Variable:
    described = {"component": "OCPPCommCtrlr", "value": "300", "data_type": "integer", "updated_at": timezone.now()}
    row: Variable = Variable.objects.create(station=world[ChargingStation], name=name, **(described | fields))
    return row


def url(variable: Variable) -> str:
    return f"/admin/stations/variable/{variable.pk}/edit/"


def test_a_change_is_asked_of_the_station_and_waits(client: Client, world: World) -> None:
    """The value stays what the station last told, until it tells another."""
    variable = add(world, evse_number=1, connector_number=2)
    assert 'value="300"' in client.get(url(variable)).content.decode()
    page = client.post(url(variable), {"value": " 77 "}).content.decode()
    command = Command.objects.get(kind="SetVariables")
    assert command.arguments["values"] == [
        {
            "variable": {
                "name": "HeartbeatInterval",
                "component": "OCPPCommCtrlr",
                "component_instance": "",
                "evse_number": 1,
                "instance": "",
                "attribute": "Actual",
                "connector_number": 2,
            },
            "value": "77",
        }
    ]
    assert "→ 77" in page
    assert 'data-change="queued"' in page
    assert f"/admin/stations/command/{command.pk}/" in page
    variable.refresh_from_db()
    assert variable.value == "300"
    assert AuditEvent.objects.filter(action="command sent", actor=world.staff[Role.OPERATOR]).exists()


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (CommandStatus.EXPIRED, "expired"),
        (CommandStatus.TIMED_OUT, "timed_out"),
        (CommandStatus.CANCELLED, ""),
    ],
)
def test_what_became_of_it_is_shown(client: Client, world: World, status: str, state: str) -> None:
    variable = add(world)
    client.post(url(variable), {"value": "77"})
    Command.objects.filter(kind="SetVariables").update(status=status, finished_at=timezone.now())
    page = client.get(f"{url(variable)}?closed").content.decode()
    assert (f'data-change="{state}"' in page) is bool(state)
    assert ("data-change" in page) is bool(state)


def test_what_the_station_reports_later_is_newer(client: Client, world: World) -> None:
    variable = add(world)
    client.post(url(variable), {"value": "77"})
    Command.objects.filter(kind="SetVariables").update(status=CommandStatus.REJECTED, finished_at=timezone.now())
    assert 'data-change="rejected"' in client.get(f"{url(variable)}?closed").content.decode()
    Variable.objects.filter(pk=variable.pk).update(updated_at=timezone.now())
    assert "data-change" not in client.get(f"{url(variable)}?closed").content.decode()


def test_what_does_not_fit_is_not_sent(client: Client, world: World) -> None:
    variable = add(world, max_limit=100)
    page = client.post(url(variable), {"value": "101"}).content.decode()
    assert "At most 100." in page
    assert 'value="101"' in page
    assert not Command.objects.filter(kind="SetVariables").exists()


def test_what_may_only_be_read_has_no_form(client: Client, world: World) -> None:
    variables = add(world, mutability=Mutability.READ_ONLY), add(world, "BasicAuthPassword")
    for variable in variables:
        assert client.get(url(variable)).status_code == 403
        assert client.post(url(variable), {"value": "1"}).status_code == 403
    assert not Command.objects.filter(kind="SetVariables").exists()


def test_what_may_only_be_written_is_never_shown(client: Client, world: World) -> None:
    variable = add(world, "Pin", value="4711", data_type="", mutability=Mutability.WRITE_ONLY)
    assert "4711" not in client.get(url(variable)).content.decode()
    assert "0815" not in client.post(url(variable), {"value": "0815"}).content.decode()
    page = client.get(f"/admin/stations/chargingstation/{world[ChargingStation].pk}/part/variables/").content.decode()
    assert "4711" not in page
    assert "0815" not in page


def test_many_values_go_in_one_command_or_none(client: Client, world: World) -> None:
    add(world)
    add(world, "Mode", component="EVSE", evse_number=2, data_type="OptionList", values_list="Slow,Fast")
    address = f"/admin/stations/chargingstation/{world[ChargingStation].pk}/variables/"
    wrong = "OCPPCommCtrlr.HeartbeatInterval = often\nEVSE.Mode@2 = Fast"
    assert "whole number" in client.post(address, {"values": wrong}).content.decode()
    for wrong in ("", "nothing", "Colour = red", "EVSE.Mode@2 = Fast\nevse.mode@2 = Slow", "\n".join(["a=b"] * 101)):
        assert 'role="alert"' in client.post(address, {"values": wrong}).content.decode()
    assert not Command.objects.filter(kind="SetVariables").exists()
    client.post(address, {"values": "ocppcommctrlr.heartbeatinterval = 60\n\nEVSE.Mode@2=Fast"})
    assert [each["value"] for each in Command.objects.get(kind="SetVariables").arguments["values"]] == ["60", "Fast"]


def test_who_may_send_no_commands_changes_nothing(world: World) -> None:
    variable = add(world)
    neighbour = build("Charlie's Chargers", "Charlie")
    for user, status in ((world.staff[Role.READ_ONLY], 403), (neighbour.staff[Role.OWNER], 404)):
        client = logged_in(user)
        assert client.get(url(variable)).status_code == status
        assert client.post(url(variable), {"value": "77"}).status_code == status
        address = f"/admin/stations/chargingstation/{world[ChargingStation].pk}/variables/"
        assert client.post(address, {"values": "OCPPCommCtrlr.HeartbeatInterval=1"}).status_code == status
    assert not Command.objects.filter(kind="SetVariables").exists()
