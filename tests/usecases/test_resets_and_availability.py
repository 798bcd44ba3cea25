"""Staff take out of service and reset: OCPP 1.6 §5.2, §5.14, OCPP 2.0.1 B11, B12, G03, G04."""

import pytest

from charging.models import Session
from simulator import Charger
from stations.commands import ChangeAvailability, Reset, ResetKind
from stations.models import ChargingStation, Connector
from stations.states import CommandStatus, ConnectorStatus
from tests.conftest import Person, every_version
from tests.usecases.asking import at_rest, outcome_of
from tests.usecases.telling import VERSIONS_2

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)


@every_version
async def test_G03_out_of_service_and_back(station: Charger, version: str) -> None:
    """TC_G_03_CSMS to TC_G_06_CSMS: an EVSE, then the whole station."""
    await at_rest(station)
    for evse in (1, None):
        for operative, status in ((False, ConnectorStatus.UNAVAILABLE), (True, ConnectorStatus.AVAILABLE)):
            done = await outcome_of(ChangeAvailability(operative=operative, evse_number=evse))
            await station.settle()
            assert done.status == CommandStatus.ACCEPTED
            assert (await Connector.objects.aget(evse__number=1)).status == status


@every_version
async def test_G03_out_of_service_when_the_car_is_gone(station: Charger, alice: Person, version: str) -> None:
    """TC_G_11_CSMS, TC_G_14_CSMS. Quirk 94. Rule 52: Scheduled is no refusal."""
    await at_rest(station)
    await station.start_charging(alice.uid)
    done = await outcome_of(ChangeAvailability(operative=False, evse_number=1))
    assert (done.status, done.detail) == (CommandStatus.ACCEPTED, "The station answered Scheduled.")
    assert (await Session.objects.aget()).is_ongoing
    await station.stop_charging()
    await station.unplug()
    assert (await Connector.objects.aget(evse__number=1)).status == ConnectorStatus.UNAVAILABLE


@every_2_x
async def test_G03_one_connector_of_an_evse(station: Charger, version: str) -> None:
    """TC_G_07_CSMS, TC_G_08_CSMS."""
    await at_rest(station)
    done = await outcome_of(ChangeAvailability(operative=False, evse_number=2, connector_number=1))
    assert done.payload == {"operationalStatus": "Inoperative", "evse": {"id": 2, "connectorId": 1}}


@every_version
@pytest.mark.parametrize("kind", list(ResetKind))
async def test_B11_reset_and_boot_again(station: Charger, version: str, kind: ResetKind) -> None:
    """TC_013_CSMS, TC_014_CSMS, TC_B_20_CSMS."""
    await at_rest(station)
    before = (await ChargingStation.objects.aget()).booted_at
    done = await outcome_of(Reset(kind))
    words = {"soft": "Soft", "hard": "Hard"} if version == "1.6" else {"soft": "OnIdle", "hard": "Immediate"}
    assert (done.status, done.payload) == (CommandStatus.ACCEPTED, {"type": words[kind]})
    await station.settle()
    row = await ChargingStation.objects.aget()
    assert before is not None
    assert row.booted_at is not None
    assert row.booted_at > before
    assert row.boot_reason == ("" if version == "1.6" else "RemoteReset")


@every_2_x
async def test_B12_a_reset_waits_for_the_car(station: Charger, alice: Person, version: str) -> None:
    """TC_B_21_CSMS, TC_B_26_CSMS. Scheduled."""
    await at_rest(station)
    await station.start_charging(alice.uid)
    for wanted in (Reset(ResetKind.SOFT), Reset(ResetKind.SOFT, evse_number=1)):
        done = await outcome_of(wanted)
        assert (done.status, done.detail) == (CommandStatus.ACCEPTED, "The station answered Scheduled.")
    assert (await Session.objects.aget()).is_ongoing


@every_version
async def test_B11_one_evse_is_reset_alone(station: Charger, version: str) -> None:
    """TC_B_25_CSMS: 2.x only; in 1.6 nothing is sent, and staff are told why."""
    await at_rest(station)
    done = await outcome_of(Reset(ResetKind.SOFT, evse_number=2))
    if version == "1.6":
        assert (done.status, done.detail) == (
            CommandStatus.NOT_SUPPORTED,
            "OCPP 1.6 resets the whole station, not one EVSE.",
        )
        assert done.action == ""
    else:
        assert (done.status, done.payload) == (CommandStatus.ACCEPTED, {"type": "OnIdle", "evseId": 2})
