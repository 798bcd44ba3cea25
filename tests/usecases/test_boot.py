"""Boots: OCPP 1.6 §4.2, OCPP 2.0.1 B01 to B03, and what may be said before and after."""

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async

from simulator import CallError, Charger
from stations import commands
from stations.commands import Reset, SetVariables, Trigger, TriggerMessage, VariableName, VariableValue
from stations.models import ChargingStation, Command, Frame, Site, Variable
from stations.states import CommandStatus, ConnectorStatus, RegistrationStatus
from tests.conftest import NAMES, MakeCharger, Person, add_station, every_version, first_boot
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest
from tests.usecases.asking import status_becomes
from tests.usecases.facts import finished
from tests.usecases.telling import VERSIONS_2, Telling, status_of

REPORT = {"1.6": "GetConfiguration", "2.0.1": "GetBaseReport", "2.1": "GetBaseReport"}
SILENCE_S = 0.3


async def _registered(make_charger: MakeCharger, harbour: Site, version: str, status: RegistrationStatus) -> Charger:
    """Connected, of a station with this registration."""
    await sync_to_async(add_station)(harbour, NAMES[version], registration=status)
    charger = await make_charger(version, is_known=False)
    await charger.connect()
    return charger


async def _send(wanted: object, **options: object) -> Command:
    station = await ChargingStation.objects.aget()
    return await sync_to_async(commands.send)(station, wanted, **options)  # type: ignore[arg-type]


@every_version
async def test_B01_the_answer_tells_the_time_and_the_heartbeat_interval(
    make_charger: MakeCharger, harbour: Site, version: str
) -> None:
    """TC_001_CSMS, TC_B_01_CSMS. Rule 23. Rule 27."""
    harbour.organization.heartbeat_interval_s = 120
    await harbour.organization.asave()
    charger = await make_charger(version)
    await charger.connect()
    asked_at = datetime.now(UTC)
    answer = await charger.boot()
    assert (answer["status"], answer["interval"]) == ("Accepted", 120)
    beat = await charger.call("Heartbeat", {})
    for told in (answer["currentTime"], beat["currentTime"]):
        assert told.endswith("Z")
        assert asked_at - timedelta(seconds=1) <= datetime.fromisoformat(told) <= datetime.now(UTC)


@every_version
async def test_an_interval_longer_than_our_patience_is_shortened(
    make_charger: MakeCharger, harbour: Site, version: str
) -> None:
    """A station that beats once a day would be given up for dead: rule 7. Rule 27. Defect 6."""
    harbour.organization.heartbeat_interval_s = 86_400
    await harbour.organization.asave()
    charger = await make_charger(version)
    await charger.connect()
    assert (await charger.boot())["interval"] == 300


@every_version
async def test_B02_a_pending_station_waits_and_is_configured(
    make_charger: MakeCharger, harbour: Site, version: str
) -> None:
    """TC_B_02_CSMS, TC_B_30_CSMS, TC_B_31_CSMS. Rule 19. Rule 27. Rule 28."""
    charger = await _registered(make_charger, harbour, version, RegistrationStatus.PENDING)
    answer = await charger.boot()
    assert answer["status"] == "Pending"
    assert answer["interval"] >= 60
    with pytest.raises(CallError) as refusal:
        await charger.call("Heartbeat", {})
    assert refusal.value.code == "SecurityError"

    waiting = await _send(Reset())
    component = "" if version == "1.6" else "OCPPCommCtrlr"
    name = VariableName("HeartbeatInterval", component=component)
    configured = await finished(await _send(SetVariables((VariableValue(name, "77"),))))
    assert configured.status == CommandStatus.ACCEPTED
    assert charger.settings.heartbeat_interval_s == 77
    asked = await finished(await _send(TriggerMessage(Trigger.STATUS_NOTIFICATION, evse_number=1)))
    assert asked.status == CommandStatus.ACCEPTED
    await charger.settle()
    station = await ChargingStation.objects.aget()
    connector = await (await station.evses.aget(number=1)).connectors.aget()
    assert connector.status == ConnectorStatus.AVAILABLE

    await waiting.arefresh_from_db()
    assert waiting.status == CommandStatus.QUEUED
    await ChargingStation.objects.aupdate(registration=RegistrationStatus.ACCEPTED)
    assert (await charger.boot())["status"] == "Accepted"
    await status_becomes(waiting, CommandStatus.ACCEPTED)


@every_version
async def test_a_pending_station_sends_only_what_it_was_asked_for(
    make_charger: MakeCharger, harbour: Site, version: str, alice: Person
) -> None:
    """A trigger for one message opens the door for no other. Rule 19."""
    charger = await _registered(make_charger, harbour, version, RegistrationStatus.PENDING)
    await charger.boot()
    await finished(await _send(TriggerMessage(Trigger.HEARTBEAT)))
    await charger.settle()
    with pytest.raises(CallError) as refusal:
        await Telling(charger, alice.uid).start()
    assert refusal.value.code == "SecurityError"


@every_version
async def test_B03_a_rejected_station_is_left_alone(make_charger: MakeCharger, harbour: Site, version: str) -> None:
    """TC_B_30_CSMS: nothing is sent, everything else refused. Rule 19. Rule 28."""
    charger = await _registered(make_charger, harbour, version, RegistrationStatus.REJECTED)
    command = await _send(TriggerMessage(Trigger.HEARTBEAT))
    assert (await charger.boot())["status"] == "Rejected"
    for action in ("Heartbeat", "DataTransfer"):
        with pytest.raises(CallError) as refusal:
            await charger.call(action, {"vendorId": "x"} if action == "DataTransfer" else {})
        assert refusal.value.code == "SecurityError"
    await charger.receive_nothing(SILENCE_S)
    await command.arefresh_from_db()
    assert command.status == CommandStatus.QUEUED


@every_version
async def test_nothing_is_sent_before_the_boot_is_answered(make_charger: MakeCharger, version: str) -> None:
    """Quirk 29: a command that overtakes the answer to the boot makes some stations boot for ever."""
    charger = await make_charger(version)
    command = await _send(TriggerMessage(Trigger.HEARTBEAT))
    seen: list[str] = []
    charger.observe(lambda direction, text: seen.append(text[:3]) if direction == "in" else None)
    await charger.connect()
    await charger.receive_nothing(SILENCE_S)
    await charger.boot()
    assert (await finished(command)).status == CommandStatus.ACCEPTED
    assert seen[0] == "[3,"


@first_boot
@every_version
async def test_B07_a_first_boot_asks_for_everything_the_station_has(station: Charger, version: str) -> None:
    """TC_B_13_CSMS, TC_019_1_CSMS. The report comes in parts. Rule 30. Rule 81."""
    asked = await station.wait_for_call(REPORT[version])
    if version != "1.6":
        assert asked["reportBase"] == "FullInventory"
    await station.settle()
    command = await Command.objects.aget(kind="GetBaseReport")
    assert (await finished(command)).status == CommandStatus.ACCEPTED
    await eventually(Variable.objects.filter(name="HeartbeatInterval").aexists)
    if version != "1.6":
        parts = Frame.objects.filter(action="NotifyReport", message_type=2)
        await eventually(lambda: parts.filter(text__contains='"seqNo":1').aexists())
    assert await Variable.objects.acount() > 30
    interval = await Variable.objects.aget(name="HeartbeatInterval")
    assert interval.value == str(station.settings.heartbeat_interval_s)


@first_boot
@every_version
async def test_B07_only_new_firmware_asks_again(station: Charger, version: str) -> None:
    """TC_044_1_CSMS. Rule 30."""
    await station.wait_for_call(REPORT[version])
    await station.settle()
    await station.boot()
    assert await Command.objects.acount() == 1
    station.firmware_version = "2.0.0"
    await station.boot()
    await station.wait_for_call(REPORT[version])
    row = await ChargingStation.objects.aget()
    assert row.firmware_version == "2.0.0"
    assert await Command.objects.acount() == 2


@every_version
async def test_a_boot_is_kept_over_a_lost_connection(station: Charger, version: str, alice: Person) -> None:
    """The station goes on without booting again, and is sent commands. Rule 26. Rule 6."""
    await station.go_offline()
    await station.come_online()
    assert status_of(await Telling(station, alice.uid).start()) == "Accepted"
    command = await _send(TriggerMessage(Trigger.HEARTBEAT))
    assert (await finished(command)).status == CommandStatus.ACCEPTED


@every_version
async def test_a_boot_is_kept_over_our_own_restart(station: Charger, version: str, alice: Person) -> None:
    """Rule 26."""
    await station.go_offline(cleanly=True)
    another = await sync_to_async(GatewayUnderTest)()
    try:
        station.url = another.url
        await station.connect()
        assert status_of(await Telling(station, alice.uid).start()) == "Accepted"
        await station.close()
    finally:
        assert await sync_to_async(another.stop)() == 0


async def test_a_1_6_station_that_never_boots_is_served(make_charger: MakeCharger, alice: Person) -> None:
    """Quirks 28 and 35. Rule 26."""
    charger = await make_charger("1.6")
    await charger.connect()
    await charger.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"})
    assert status_of(await Telling(charger, alice.uid).start()) == "Accepted"


@pytest.mark.parametrize("version", VERSIONS_2)
async def test_B01_a_2_x_station_that_never_booted_has_to(make_charger: MakeCharger, version: str) -> None:
    """TC_B_30_CSMS. B01.FR.10. Rule 19."""
    charger = await make_charger(version)
    await charger.connect()
    with pytest.raises(CallError) as refusal:
        await charger.call("Heartbeat", {})
    assert refusal.value.code == "SecurityError"
    assert (await charger.boot())["status"] == "Accepted"
    assert "currentTime" in await charger.call("Heartbeat", {})
