"""Reading and changing what a station is configured to: OCPP 1.6 §5.3, §5.8, OCPP 2.0.1 B05, B06, B07."""

from typing import Any

import pytest

from simulator import Charger
from stations.commands import GetBaseReport, GetVariables, ReportBase, SetVariables, VariableName, VariableValue
from stations.models import ChargingStation, Command, Frame, Variable
from stations.models.variable import Mutability
from stations.states import CommandStatus
from tests.conftest import Person, every_version, first_boot
from tests.gateway.polling import eventually
from tests.usecases.asking import always, answered, at_rest, outcome_of, sent
from tests.usecases.telling import VERSIONS_2, Payload

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)

NEW_SECRET = "b0b1b2b3b4b5b6b7b8b9"


def named(version: str, name: str, component: str = "OCPPCommCtrlr") -> VariableName:
    return VariableName(name) if version == "1.6" else VariableName(name, component=component)


def calls_seen(station: Charger, action: str) -> list[Payload]:
    """Answers by the station itself; keeps what it was asked."""
    seen: list[Payload] = []

    def answer(payload: Payload) -> Payload:
        seen.append(payload)
        return station.default_answer(action, payload)

    station.on(action, answer)
    return seen


@every_version
async def test_B06_what_is_asked_for_is_kept(station: Charger, version: str) -> None:
    """TC_019_2_CSMS, TC_B_06_CSMS. Rule 80."""
    await at_rest(station)
    await Variable.objects.all().adelete()
    station.settings.heartbeat_interval_s = 123
    done = await outcome_of(GetVariables((named(version, "HeartbeatInterval"),)))
    assert done.status == CommandStatus.ACCEPTED
    variable = await Variable.objects.aget(name="HeartbeatInterval")
    assert (variable.value, variable.component) == ("123", "" if version == "1.6" else "OCPPCommCtrlr")


@every_version
async def test_B05_what_was_accepted_is_known_at_once(station: Charger, version: str) -> None:
    """TC_021_CSMS, TC_B_09_CSMS. Rule 53. Rule 80."""
    await at_rest(station)
    done = await outcome_of(SetVariables((VariableValue(named(version, "HeartbeatInterval"), "77"),)))
    assert (done.status, station.settings.heartbeat_interval_s) == (CommandStatus.ACCEPTED, 77)
    variable = await Variable.objects.aget(name="HeartbeatInterval")
    assert (variable.value, variable.mutability) == ("77", Mutability.READ_WRITE)


@first_boot
@every_version
async def test_B05_what_was_refused_stays_as_it_was(station: Charger, version: str) -> None:
    """TC_040_1_CSMS, TC_040_2_CSMS. A CALLRESULT alone is no consent. Rule 53. Rule 80."""
    await at_rest(station)
    before = await Variable.objects.aget(name="HeartbeatInterval")
    bad = (VariableValue(named(version, "HeartbeatInterval"), "often"),)
    unknown = (VariableValue(named(version, "Colour"), "red"),)
    assert (await outcome_of(SetVariables(bad))).status == CommandStatus.REJECTED
    expected = CommandStatus.NOT_SUPPORTED if version == "1.6" else CommandStatus.REJECTED
    assert (await outcome_of(SetVariables(unknown))).status == expected
    await before.arefresh_from_db()
    assert before.value == "300"
    assert not await Variable.objects.filter(name="Colour").aexists()


@every_version
async def test_B05_a_change_that_needs_a_reboot_is_accepted_and_says_so(station: Charger, version: str) -> None:
    """Rule 53."""
    await at_rest(station)
    if version == "1.6":
        station.on("ChangeConfiguration", always({"status": "RebootRequired"}))
    else:
        station.on("SetVariables", lambda payload: _agree(payload, "RebootRequired"))
    value = (VariableValue(named(version, "WebSocketPingInterval"), "45"),)
    done = await outcome_of(SetVariables(value))
    assert (done.status, done.detail) == (CommandStatus.ACCEPTED, "The station answered RebootRequired.")


async def test_1_6_keys_a_station_does_not_know_are_normal(station_16: Charger) -> None:
    """unknownKey. Rule 53."""
    await at_rest(station_16)
    done = await outcome_of(GetVariables((VariableName("Colour"), VariableName("HeartbeatInterval"))))
    assert done.status == CommandStatus.ACCEPTED
    assert answered(done)["unknownKey"] == ["Colour"]


async def test_1_6_without_names_all_keys_are_asked_for(station_16: Charger) -> None:
    """TC_019_1_CSMS."""
    await at_rest(station_16)
    await Variable.objects.all().adelete()
    done = await outcome_of(GetVariables())
    assert (done.status, done.payload) == (CommandStatus.ACCEPTED, {})
    assert await Variable.objects.acount() > 30
    profiles = await Variable.objects.aget(name="SupportedFeatureProfiles")
    assert (profiles.mutability, profiles.value[:5]) == (Mutability.READ_ONLY, "Core,")


async def test_1_6_values_of_other_types_are_read(station_16: Charger) -> None:
    """Quirks 48, 50: numbers for values, readonly as a word, values left out."""
    await at_rest(station_16)
    keys: list[dict[str, Any]] = [
        {"key": "One", "value": 5, "readonly": "true"},
        {"key": "Two", "readonly": 0},
        {"key": "Three", "value": None, "readonly": False},
    ]
    station_16.on("GetConfiguration", always({"configurationKey": keys}))
    assert (await outcome_of(GetVariables())).status == CommandStatus.ACCEPTED
    one = await Variable.objects.aget(name="One")
    assert (one.value, one.mutability) == ("5", Mutability.READ_ONLY)
    assert await Variable.objects.filter(name__in=["Two", "Three"], value="").acount() == 2


async def test_1_6_a_station_says_how_many_keys_it_takes(station_16: Charger) -> None:
    """GetConfigurationMaxKeys. Rule 53. Rule 79."""
    await at_rest(station_16)
    await Variable.objects.filter(name="GetConfigurationMaxKeys").aupdate(value="2")
    seen = calls_seen(station_16, "GetConfiguration")
    names = [f"Key{number}" for number in range(5)]
    done = await outcome_of(GetVariables(tuple(VariableName(name) for name in names)))
    assert done.status == CommandStatus.ACCEPTED
    assert [call["key"] for call in seen] == [names[:2], names[2:4], names[4:]]


@first_boot
@every_2_x
@pytest.mark.parametrize("action", ["GetVariables", "SetVariables"])
async def test_B05_B06_no_more_items_than_the_station_takes(station: Charger, version: str, action: str) -> None:
    """TC_B_07_CSMS, TC_B_08_CSMS, TC_B_10_CSMS. B05.FR.11, B06.FR.05. Rule 79."""
    await at_rest(station)
    limit: Payload = {
        "station": await ChargingStation.objects.aget(),
        "component": "DeviceDataCtrlr",
        "name": "ItemsPerMessage",
    }
    await Variable.objects.aupdate_or_create(**limit, instance=action, defaults={"value": "2"})
    seen = calls_seen(station, action)
    names = [named(version, name) for name in ("HeartbeatInterval", "OfflineThreshold", "WebSocketPingInterval")]
    wanted = SetVariables(tuple(VariableValue(name, "60") for name in names))
    done = await outcome_of(GetVariables(tuple(names)) if action == "GetVariables" else wanted)
    assert done.status == CommandStatus.ACCEPTED
    items = [next(iter(call.values())) for call in seen]
    assert [len(part) for part in items] == [2, 1]
    assert [item["variable"]["name"] for part in items for item in part] == [name.name for name in names]


@every_2_x
async def test_B06_one_of_several_is_unknown(station: Charger, version: str) -> None:
    """Each item has its own result. Rule 80."""
    await at_rest(station)
    names = (named(version, "HeartbeatInterval"), named(version, "Colour"), named(version, "X", "Nothing"))
    done = await outcome_of(GetVariables(names))
    assert done.status == CommandStatus.REJECTED
    assert done.detail == "The station refused Colour: UnknownVariable, X: UnknownComponent."
    assert not await Variable.objects.filter(name="Colour").aexists()


@first_boot
@every_2_x
async def test_B05_results_may_come_in_any_order(station: Charger, version: str) -> None:
    """What one variable was refused is not what another was granted. Rule 80."""
    await at_rest(station)

    def turned(payload: Payload) -> Payload:
        results = station.default_answer("SetVariables", payload)["setVariableResult"]
        return {"setVariableResult": results[::-1]}

    station.on("SetVariables", turned)
    good, bad = named(version, "OfflineThreshold"), named(version, "HeartbeatInterval")
    done = await outcome_of(SetVariables((VariableValue(good, "44"), VariableValue(bad, "often"))))
    assert (done.status, done.detail) == (CommandStatus.REJECTED, "The station refused HeartbeatInterval: Rejected.")
    assert (await Variable.objects.aget(name="OfflineThreshold")).value == "44"
    assert (await Variable.objects.aget(name="HeartbeatInterval")).value == "300"


@every_2_x
async def test_what_2_x_cannot_ask_for_is_not_sent(station: Charger, version: str) -> None:
    await at_rest(station)
    done = await outcome_of(GetVariables((VariableName("HeartbeatInterval"),)))
    assert (done.status, done.detail) == (
        CommandStatus.NOT_SUPPORTED,
        "OCPP 2.x needs the component of HeartbeatInterval.",
    )
    assert (await outcome_of(GetVariables())).status == CommandStatus.NOT_SUPPORTED


@every_2_x
@pytest.mark.parametrize("base", list(ReportBase))
async def test_B07_reports_of_three_sizes(station: Charger, version: str, base: ReportBase) -> None:
    """TC_B_12_CSMS, TC_B_13_CSMS, TC_B_14_CSMS. The request id comes back in each part. Rule 30. Rule 81."""
    await at_rest(station)
    await Variable.objects.all().adelete()
    done = await outcome_of(GetBaseReport(base))
    assert (done.status, sent(done)["reportBase"]) == (CommandStatus.ACCEPTED, base.value)
    await station.settle()
    await eventually(Variable.objects.aexists)
    parts = Frame.objects.filter(action="NotifyReport", text__contains=f'"requestId":{sent(done)["requestId"]},')
    await eventually(parts.aexists)


@every_version
async def test_a_secret_is_nowhere_to_be_read(station: Charger, alice: Person, version: str) -> None:
    """Neither as a variable nor in the log of frames, nor in the command's row. Rule 33. Rule 34."""
    await at_rest(station)
    name = VariableName("AuthorizationKey")
    if version != "1.6":
        name = VariableName("BasicAuthPassword", component="SecurityCtrlr")
    station.on("ChangeConfiguration" if version == "1.6" else "SetVariables", _agree)
    done = await outcome_of(SetVariables((VariableValue(name, NEW_SECRET),)))
    assert done.status == CommandStatus.ACCEPTED
    assert not await Variable.objects.filter(value__contains=NEW_SECRET).aexists()
    await eventually(Frame.objects.filter(action__in=["ChangeConfiguration", "SetVariables"], direction=1).aexists)
    assert not await Frame.objects.filter(text__contains=NEW_SECRET).aexists()
    row = await Command.objects.values().aget(pk=done.pk)
    assert NEW_SECRET not in str(row)


def _agree(payload: Payload, status: str = "Accepted") -> Payload:
    if "key" in payload:
        return {"status": status}
    item = payload["setVariableData"][0]
    result = {"component": item["component"], "variable": item["variable"], "attributeStatus": status}
    return {"setVariableResult": [result]}
