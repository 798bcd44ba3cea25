"""Every action a server may send, of every version: a form made from its schema, a payload the schema accepts."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from csms.console.actionforms import ActionForm
from csms.console.actions import ACTIONS, DANGERS, menu
from csms.console.schematree import PREFIX, Tree
from gateway import schemas
from gateway.versions import actions_of_ours
from stations.models import ChargingStation, Command
from stations.states import OcppVersion
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build
from tests.conftest import every_version
from tests.usecases.test_raw_calls import smallest_payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Harbour")


@pytest.fixture
def olga(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


@pytest.fixture
def station(world: World) -> ChargingStation:
    found: ChargingStation = world[ChargingStation]
    return found


def speaks(station: ChargingStation, version: str) -> None:
    ChargingStation.objects.filter(pk=station.pk).update(ocpp_version=version)


def door(station: ChargingStation, action: str) -> str:
    return reverse("console:action", args=[station.pk, action])


def inputs(draft: Any, name: str = PREFIX) -> dict[str, str]:
    """What a browser sends for a draft."""
    if isinstance(draft, dict):
        return {key: text for part, each in draft.items() for key, text in inputs(each, f"{name}.{part}").items()}
    if isinstance(draft, list):
        return {key: text for index, each in enumerate(draft) for key, text in inputs(each, f"{name}.{index}").items()}
    return {name: draft}


def filled(version: str, action: str, payload: dict[str, Any]) -> dict[str, str]:
    return inputs(Tree(schemas.schema(OcppVersion(version), action), "Europe/Berlin").draft_of_payload(payload))


@every_version
def test_every_action_has_a_form_that_makes_a_valid_payload(
    olga: Client, station: ChargingStation, version: str
) -> None:
    speaks(station, version)
    Command.objects.all().delete()
    actions = sorted(actions_of_ours(OcppVersion(version)))
    for action in actions:
        payload = smallest_payload(version, action)
        page = olga.get(door(station, action)).content.decode()
        names = filled(version, action, payload)
        assert all(f'name="{name}"' in page for name in names), action
        answer = olga.post(door(station, action), names)
        assert "data-command-result" in answer.content.decode(), action
        sent = Command.objects.latest("pk")
        assert (sent.kind, sent.arguments) == ("RawCall", {"action": action, "payload": payload})
    assert Command.objects.count() == len(actions)


@every_version
def test_every_action_refuses_what_is_broken_and_says_where(
    olga: Client, station: ChargingStation, version: str
) -> None:
    """A required field is left blank in the form, and in JSON; nothing is queued. One page shows what JSON lacks."""
    speaks(station, version)
    count = Command.objects.count()
    tried = 0
    for action in sorted(actions_of_ours(OcppVersion(version))):
        for missing in schemas.schema(OcppVersion(version), action).get("required", ())[:1]:
            broken = {name: each for name, each in smallest_payload(version, action).items() if name != missing}
            answer = olga.post(door(station, action), filled(version, action, broken)).content.decode()
            assert 'aria-invalid="true"' in answer, action
            assert f"{missing} is required." in said_of(version, action, broken), action
            tried += 1
        assert "noSuchField is no field of this message." in said_of(version, action, {"noSuchField": 1}), action
    strange = {"mode": "json", "json": json.dumps({"noSuchField": 1})}
    page = olga.post(door(station, action), strange).content.decode()
    assert all(sentence in page for sentence in said_of(version, action, {"noSuchField": 1}))
    assert tried >= {"1.6": 15, "2.0.1": 30, "2.1": 40}[version]
    assert Command.objects.count() == count


def said_of(version: str, action: str, payload: dict[str, Any]) -> list[str]:
    """What stands above the form when this is sent as JSON."""
    sent = QueryDict(urlencode({"mode": "json", "json": json.dumps(payload)}))
    form = ActionForm(OcppVersion(version), action, "UTC", sent)
    assert not form.check()
    return form.errors


@every_version
def test_every_part_of_every_form_opens_and_closes(version: str) -> None:
    """To the deepest field of the schema: each is shown with its name, its limits, its choices."""
    for action in sorted(actions_of_ours(OcppVersion(version))):
        form = ActionForm(OcppVersion(version), action, "UTC")
        everything = whole(form.tree, form.tree.root)
        opened = ActionForm(OcppVersion(version), action, "UTC", payload=everything)
        shown = [each for field in opened.fields for each in field.walk()]
        assert all(each.label and each.is_open for each in shown), action
        assert len({each.input_name for each in shown}) == len(shown)
        assert opened.tree.holds(everything)


def whole(tree: Tree, schema: dict[str, Any]) -> Any:
    """A payload with every field there is."""
    schema = schemas.resolved(tree.root, schema)
    if "enum" in schema:
        return schema["enum"][-1]
    match schema.get("type"):
        case "object":
            parts = schema.get("properties", {}).items()
            return {name: whole(tree, part) for name, part in parts if name != "customData"}
        case "array":
            return [whole(tree, schema["items"])]
        case "integer" | "number":
            return int(schema.get("minimum", 1))
        case "boolean":
            return True
    return "2026-11-22T12:00:00Z" if schema.get("format") == "date-time" else "x"


def test_an_opened_part_comes_by_itself(olga: Client) -> None:
    url = reverse("console:action_part", args=["2.0.1", "SetChargingProfile"])
    tariff = "chargingProfile.chargingSchedule.0.salesTariff"
    closed = olga.get(url, {"path": tariff}).content.decode()
    assert "Sales tariff" in closed
    assert "<fieldset" not in closed
    opened = olga.get(url, {"path": tariff, "open": "1"}).content.decode()
    assert (
        'name="f.chargingProfile.chargingSchedule.0.salesTariff.salesTariffEntry.0.relativeTimeInterval.start"'
        in opened
    )
    item = olga.get(url, {"path": "chargingProfile.chargingSchedule.2", "open": "1"}).content.decode()
    assert 'name="f.chargingProfile.chargingSchedule.2.id"' in item
    assert "path=chargingProfile.chargingSchedule.3" in item
    for nonsense in ("", "x", "chargingProfile.0", "chargingProfile.chargingSchedule.x", "a" * 600, "." * 300):
        assert olga.get(url, {"path": nonsense}).status_code == 404
    assert olga.get(url.replace("2.0.1", "1.5"), {"path": "chargingProfile"}).status_code == 404


def test_times_are_typed_in_the_zone_of_the_site_and_sent_in_utc(olga: Client, station: ChargingStation) -> None:
    names = filled("2.0.1", "ReserveNow", smallest_payload("2.0.1", "ReserveNow"))
    page = olga.get(door(station, "ReserveNow")).content.decode()
    assert 'type="datetime-local"' in page
    assert "Europe/Berlin" in page
    olga.post(door(station, "ReserveNow"), names | {"f.expiryDateTime": "2026-07-01T14:30"})
    assert Command.objects.latest("pk").arguments["payload"]["expiryDateTime"] == "2026-07-01T12:30:00Z"


def test_blank_optional_parts_are_left_out(olga: Client, station: ChargingStation) -> None:
    names = {"f.type": "Immediate", "f.evseId": "", "f.": ""}
    olga.post(door(station, "Reset"), names)
    assert Command.objects.latest("pk").arguments["payload"] == {"type": "Immediate"}
    opened = filled("2.0.1", "GetLog", smallest_payload("2.0.1", "GetLog")) | {
        "f.retries": "",
        "f.log.oldestTimestamp": "",
    }
    olga.post(door(station, "GetLog"), opened)
    assert "retries" not in Command.objects.latest("pk").arguments["payload"]


def test_what_is_no_number_is_said_at_its_field(olga: Client, station: ChargingStation) -> None:
    names = {"f.type": "OnIdle", "f.evseId": "first"}
    answer = olga.post(door(station, "Reset"), names).content.decode()
    assert "EVSE id must be a whole number." in answer
    assert 'value="first"' in answer


def test_switching_between_fields_and_json_keeps_what_was_typed(olga: Client, station: ChargingStation) -> None:
    names = {"f.type": "OnIdle", "f.evseId": "2"}
    as_json = olga.post(door(station, "Reset"), names | {"switch": "1"})
    assert as_json.context["form"].text == '{\n  "type": "OnIdle",\n  "evseId": 2\n}'
    back = {"mode": "json", "json": '{"type": "Immediate", "evseId": 3}', "switch": "1"}
    as_fields = olga.post(door(station, "Reset"), back).context["form"]
    assert {field.name: field.value for field in as_fields.fields} == {"type": "Immediate", "evseId": "3"}
    hidden = {"mode": "json", "json": '{"type": "OnIdle", "customData": {"vendorId": "x"}}', "switch": "1"}
    stays = olga.post(door(station, "Reset"), hidden).context["form"]
    assert (stays.mode, len(stays.errors)) == ("json", 1)
    assert "customData" in stays.text


NO_PAYLOADS = ["{", "[]", "7", "[" * 100_000, '{"type": ' + "9" * 5000 + "}"]
NO_TEXTS = ['{"type": NaN}', '{"type": "\\u0000"}', '{"type": "\\ud800"}']


@pytest.mark.parametrize("text", [*NO_PAYLOADS, *NO_TEXTS])
def test_odd_json_is_refused_with_a_sentence(olga: Client, station: ChargingStation, text: str) -> None:
    count = Command.objects.count()
    for extra in ({}, {"switch": "1"}):
        answer = olga.post(door(station, "Reset"), {"mode": "json", "json": text} | extra)
        assert answer.status_code == 200
        assert 'role="alert"' in answer.content.decode() or answer.context["form"].mode == "fields"
    raw = olga.post(reverse("console:command", args=[station.pk, "raw"]), {"action": "Reset", "payload": text})
    assert 'role="alert"' in raw.content.decode() or "errorlist" in raw.content.decode()
    assert Command.objects.count() == count


def test_odd_input_names_do_no_harm(olga: Client, station: ChargingStation) -> None:
    odd = {"f.type.x": "1", "f.type": "OnIdle", "f.0": "1", "f..": "2", "f.evseId.0.0": "2", "f." + "a." * 500: "1"}
    answer = olga.post(door(station, "Reset"), urlencode(odd), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200


def test_the_menu_names_every_action_once_with_a_word_of_our_own() -> None:
    for version in OcppVersion:
        named = [action.name for _, actions in menu([version]) for action in actions]
        assert sorted(named) == sorted(actions_of_ours(version))
    assert all(action.does.endswith(".") for action in ACTIONS.values())
    assert DANGERS.keys() <= ACTIONS.keys()


def test_dangerous_actions_name_who_is_charging(olga: Client, station: ChargingStation) -> None:
    page = olga.get(door(station, "Reset")).content.decode()
    assert "1 session running" in page
    assert "Driver Harbour" in page
    assert "Send anyway" in page
    assert "Send anyway" not in olga.get(door(station, "GetLog")).content.decode()


def test_a_station_that_never_connected_has_no_list_yet(olga: Client, station: ChargingStation) -> None:
    speaks(station, "")
    assert "has not connected yet" in olga.get(reverse("console:actions", args=[station.pk])).content.decode()
    assert olga.get(door(station, "Reset")).status_code == 404


def test_an_action_of_another_version_is_not_there(olga: Client, station: ChargingStation) -> None:
    assert olga.get(door(station, "GetDiagnostics")).status_code == 404
    assert olga.post(door(station, "Heartbeat")).status_code == 404


def test_only_who_may_command_gets_a_form(world: World, station: ChargingStation) -> None:
    reader = logged_in(world.staff[Role.READ_ONLY])
    count = Command.objects.count()
    for url in (reverse("console:actions", args=[station.pk]), door(station, "Reset")):
        assert reader.get(url).status_code == 403
    assert reader.post(door(station, "Reset"), {"f.type": "OnIdle"}).status_code == 403
    assert Command.objects.count() == count
