"""What the station page shows of a value that somebody changed: the answer of a real station, in each version."""

import pytest
from asgiref.sync import sync_to_async

from csms.console.changes import Row, rows_of
from simulator import Charger
from stations.models import ChargingStation, Variable
from stations.services import change_variables
from stations.states import ChangeResult
from tests.conftest import every_version, first_boot
from tests.usecases.asking import always, at_rest
from tests.usecases.facts import finished
from tests.usecases.telling import Payload


async def row_of(name: str) -> Row:
    station = await ChargingStation.objects.select_related("organization", "site").aget()
    variable = await Variable.objects.aget(name=name)
    rows = await sync_to_async(rows_of)(station, [variable], may_command=True)
    return rows[0]


async def change(name: str, value: str) -> Row:
    station, variable = await ChargingStation.objects.aget(), await Variable.objects.aget(name=name)
    command = await sync_to_async(change_variables)(station=station, wanted=[(variable, value)], by=None)
    await finished(command)
    return await row_of(name)


@first_boot
@every_version
async def test_B05_the_value_is_new_when_the_station_said_so(station: Charger, version: str) -> None:
    await at_rest(station)
    row = await change("HeartbeatInterval", "77")
    assert row.change is not None
    assert (row.shown, row.change.result) == ("77", ChangeResult.ACCEPTED)


@first_boot
@every_version
@pytest.mark.parametrize(
    ("word", "result"), [("Rejected", ChangeResult.REJECTED), ("RebootRequired", ChangeResult.REBOOT_REQUIRED)]
)
async def test_B05_until_then_it_is_the_old_one(
    station: Charger, version: str, word: str, result: ChangeResult
) -> None:
    await at_rest(station)
    action = "ChangeConfiguration" if version == "1.6" else "SetVariables"
    station.on(action, always({"status": word}) if version == "1.6" else lambda payload: answer(payload, word))
    row = await change("HeartbeatInterval", "77")
    assert row.change is not None
    assert (row.shown, row.change.result, row.change.value) == ("300", result, "77")
    assert row.change.is_still_wanted is (result == ChangeResult.REBOOT_REQUIRED)


def answer(payload: Payload, word: str) -> Payload:
    return {
        "setVariableResult": [
            {"component": item["component"], "variable": item["variable"], "attributeStatus": word}
            for item in payload["setVariableData"]
        ]
    }
