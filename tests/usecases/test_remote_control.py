"""Staff start, stop, unlock and trigger: OCPP 1.6 §5.11, §5.12, §5.17, §5.18, OCPP 2.0.1 block F."""

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from charging.commands import RemoteStart
from charging.errors import SessionAlreadyEnded, TokenRefused
from charging.models import Session
from charging.services import remote_start, remote_stop
from charging.states import SessionStatus
from drivers.models import AuthorizationPurpose, AuthorizationRecord, IdToken
from simulator import Charger
from stations.commands import ExtendedTriggerMessage, Trigger, TriggerMessage, UnlockConnector
from stations.models import ChargingStation, Command, Frame
from stations.states import CommandStatus
from tests.conftest import MakeCharger, Person, every_version
from tests.gateway.polling import eventually
from tests.usecases.asking import ACCEPTED, always, at_rest, outcome_of, sent
from tests.usecases.console import Console
from tests.usecases.facts import finished
from tests.usecases.telling import VERSIONS_2, Payload, Telling

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)


async def start_for(person: Person, by: User | None, evse: int | None = 1) -> Command:
    station = await ChargingStation.objects.aget()
    return await sync_to_async(remote_start)(station=station, evse_number=evse, token=person.card, by=by)


async def stop(session: Session, by: User | None) -> Command:
    loaded = await Session.objects.select_related("station").aget(pk=session.pk)
    return await sync_to_async(remote_stop)(session=loaded, by=by)


@every_version
async def test_F01_remote_start_with_the_cable_in(station: Charger, alice: Person, olga: User, version: str) -> None:
    """TC_010_CSMS, TC_F_01_CSMS. Rule 48. Rule 84."""
    await at_rest(station)
    await station.plug_in()
    command = await finished(await start_for(alice, olga))
    assert (command.status, command.requested_by_id) == (CommandStatus.ACCEPTED, olga.pk)
    await station.settle()
    session = await Session.objects.aget()
    assert (session.driver_id, session.evse_number) == (alice.driver.pk, 1)
    expected = None if version == "1.6" else sent(command)["remoteStartId"]
    assert session.remote_start_id == expected
    record = await AuthorizationRecord.objects.aget(purpose=AuthorizationPurpose.REMOTE)
    assert record.token_id == alice.card.pk


@every_version
@pytest.mark.parametrize("asks_first", [False, True], ids=["at once", "asks first"])
async def test_F02_remote_start_and_then_the_cable(
    station: Charger, alice: Person, version: str, asks_first: bool
) -> None:
    """TC_011_1_CSMS, TC_F_02_CSMS, TC_F_03_CSMS. Accepted is not started. Rule 48. Rule 84."""
    await at_rest(station)
    station.settings.authorizes_remote_starts = asks_first
    command = await finished(await start_for(alice, None))
    await station.settle()
    assert command.status == CommandStatus.ACCEPTED
    assert not await Session.objects.aexists()
    await station.plug_in()
    await station.settle()
    session = await Session.objects.aget()
    assert (session.driver_id, session.remote_start_id is None) == (alice.driver.pk, version == "1.6")


@every_version
async def test_F02_remote_start_and_nobody_comes(station: Charger, alice: Person, version: str) -> None:
    """TC_011_2_CSMS, TC_F_04_CSMS. Quirk 78. Rule 48."""
    await at_rest(station)
    await finished(await start_for(alice, None))
    await station.settle()
    await station.advance(station.settings.connection_timeout_s + 1)
    assert not await Session.objects.aexists()


@every_2_x
async def test_F01_the_transaction_may_run_already(station: Charger, alice: Person, version: str) -> None:
    """F01.FR.13, F01.FR.25: started by the plug; the answer names it. Rule 72. Rule 84."""
    await at_rest(station)
    station.settings.tx_start_point = "EVConnected"
    await station.plug_in()
    session = await Session.objects.aget()
    command = await finished(await start_for(alice, None))
    assert command.response == {"status": "Accepted", "transactionId": session.transaction_id}
    await station.settle()
    await session.arefresh_from_db()
    assert (session.driver_id, session.remote_start_id) == (alice.driver.pk, sent(command)["remoteStartId"])
    assert await Session.objects.acount() == 1


@every_version
async def test_no_remote_start_for_a_card_that_may_not(
    station: Charger, alice: Person, charlie: Person, version: str
) -> None:
    """Nothing is sent: neither for a blocked card nor for the neighbour's."""
    await at_rest(station)
    await IdToken.objects.filter(pk=alice.card.pk).aupdate(is_blocked=True)
    for person in (alice, charlie):
        with pytest.raises(TokenRefused):
            await start_for(person, None)
    assert not await Command.objects.filter(kind="RemoteStart").aexists()


async def test_1_6_takes_only_short_tags(station_16: Charger) -> None:
    """Quirk 84. Rule 24."""
    await at_rest(station_16)
    done = await outcome_of(RemoteStart("X" * 21, "Central", 1))
    assert (done.status, done.detail) == (
        CommandStatus.NOT_SUPPORTED,
        "OCPP 1.6 takes tokens of at most 20 characters.",
    )


@every_version
async def test_F03_remote_stop(station: Charger, alice: Person, olga: User, version: str) -> None:
    """TC_012_CSMS, TC_E_21_CSMS. Rule 77."""
    await at_rest(station)
    await station.start_charging(alice.uid)
    await station.advance(600)
    session = await Session.objects.aget()
    assert (await finished(await stop(session, olga))).status == CommandStatus.ACCEPTED
    await station.settle()
    await session.arefresh_from_db()
    assert (session.status, session.stop_reason) == (SessionStatus.ENDED, "Remote")
    assert session.energy_wh == station.evse(1).meter_wh > 0
    with pytest.raises(SessionAlreadyEnded):
        await stop(session, olga)


@every_version
async def test_F03_a_stop_the_station_refuses_ends_nothing(station: Charger, alice: Person, version: str) -> None:
    """TC_028_CSMS: it does not know the transaction."""
    await at_rest(station)
    await Telling(station, alice.uid).start()
    session = await Session.objects.aget()
    assert (await finished(await stop(session, None))).status == CommandStatus.REJECTED
    await session.arefresh_from_db()
    assert session.is_ongoing


async def test_a_session_of_2_x_cannot_be_stopped_in_1_6(make_charger: MakeCharger, alice: Person) -> None:
    """Quirk 4: a station may come back with another version. Its old ids are no numbers."""
    modern = await make_charger("2.0.1", "changeling")
    await modern.connect()
    await modern.boot()
    await at_rest(modern)
    await Telling(modern, alice.uid).start()
    await modern.close()
    old = await make_charger("1.6", "changeling", is_known=False)
    await old.connect()
    await old.boot()
    done = await finished(await stop(await Session.objects.aget(), None))
    assert done.status == CommandStatus.NOT_SUPPORTED
    assert (await outcome_of(TriggerMessage(Trigger.HEARTBEAT))).status == CommandStatus.ACCEPTED


@every_version
async def test_F05_unlock_ends_a_session(station: Charger, alice: Person, version: str) -> None:
    """TC_017_1_CSMS, TC_018_1_CSMS, TC_F_06_CSMS. Rule 51: it is no means to stop one; the stop comes by itself."""
    await at_rest(station)
    await station.plug_in()
    assert (await outcome_of(UnlockConnector(1))).status == CommandStatus.ACCEPTED
    await station.tap(alice.uid)
    done = await outcome_of(UnlockConnector(1))
    await station.settle()
    session = await Session.objects.aget()
    if version == "1.6":
        assert (done.status, session.stop_reason) == (CommandStatus.ACCEPTED, "UnlockCommand")
    else:
        assert (done.status, session.is_ongoing) == (CommandStatus.REJECTED, True)


@every_version
async def test_F05_unlock_where_there_is_nothing(station: Charger, version: str) -> None:
    """TC_017_2_CSMS, TC_031_CSMS. Rule 51."""
    await at_rest(station)
    done = await outcome_of(UnlockConnector(9))
    assert done.status == (CommandStatus.NOT_SUPPORTED if version == "1.6" else CommandStatus.REJECTED)


WITH_PLACE = {Trigger.STATUS_NOTIFICATION, Trigger.METER_VALUES, Trigger.TRANSACTION_EVENT}
# What the simulator would have to do more for than to send a message.
UNTAUGHT = {
    Trigger.PUBLISH_FIRMWARE_STATUS,
    Trigger.SIGN_CERTIFICATE,
    Trigger.SIGN_V2G_CERTIFICATE,
    Trigger.SIGN_COMBINED_CERTIFICATE,
}
ONLY_2_X = {Trigger.TRANSACTION_EVENT, *UNTAUGHT} - {Trigger.SIGN_CERTIFICATE}
UNSAYABLE = {"1.6": ONLY_2_X, "2.0.1": {Trigger.DIAGNOSTICS_STATUS}, "2.1": {Trigger.DIAGNOSTICS_STATUS}}


@every_version
async def test_F06_each_message_can_be_asked_for(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """TC_054_CSMS, TC_F_11_CSMS, TC_F_13_CSMS, TC_F_15_CSMS, TC_F_18_CSMS, TC_F_20_CSMS, TC_F_23_CSMS, TC_F_27_CSMS.

    At the console, which shows when it came. Rule 29: a boot is refused by a station that is accepted. Rule 56.
    Rule 83.
    """
    await at_rest(station)
    await station.start_charging(alice.uid)
    for message in Trigger:
        actions = ["TriggerMessage", "ExtendedTriggerMessage"]
        for action in actions if message in UNTAUGHT else []:
            if action in station.dialect.actions:
                station.on(action, always(ACCEPTED))
        command = await console.sends(station, "trigger", message=message, evse=1 if message in WITH_PLACE else None)
        assert command is not None, console.refusals
        done = await finished(command)
        await station.settle()
        if message in UNSAYABLE[version]:
            assert (done.status, f"cannot trigger {message}" in done.detail) == (CommandStatus.NOT_SUPPORTED, True)
        elif message == Trigger.BOOT_NOTIFICATION:
            assert done.status == CommandStatus.REJECTED
        else:
            assert done.status == CommandStatus.ACCEPTED, message
            await _is_shown(console, done, f'data-triggered="{message}"' if message not in UNTAUGHT else "Waiting for")
        if message == Trigger.STATUS_NOTIFICATION and version != "1.6":
            assert sent(done)["evse"] == {"id": 1, "connectorId": 1}
        for action in station.dialect.actions & set(actions):
            station.on(action, None)


async def _is_shown(console: Console, command: Command, text: str) -> None:
    """The wire log is written in batches."""

    async def is_so() -> bool:
        return text in await console.page("console:command_result", command.pk)

    await eventually(is_so)
    assert text in await console.page("console:command_page", command.pk)


async def test_1_6_asks_for_some_messages_by_the_security_extension(station_16: Charger) -> None:
    """Security whitepaper §5.5; and for others where somebody wants it so."""
    await at_rest(station_16)
    done = await outcome_of(ExtendedTriggerMessage(Trigger.LOG_STATUS))
    assert (done.action, sent(done)) == ("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"})
    done = await outcome_of(ExtendedTriggerMessage(Trigger.METER_VALUES, evse_number=1))
    assert sent(done) == {"requestedMessage": "MeterValues", "connectorId": 1}
    assert (await outcome_of(TriggerMessage(Trigger.LOG_STATUS))).status == CommandStatus.NOT_SUPPORTED
    done = await outcome_of(ExtendedTriggerMessage(Trigger.DIAGNOSTICS_STATUS))
    assert done.status == CommandStatus.NOT_SUPPORTED


@every_version
async def test_F06_a_station_that_knows_no_triggers(station: Charger, version: str) -> None:
    """TC_F_27_CSMS, TC_055_CSMS."""
    await at_rest(station)
    station.on("TriggerMessage", always({"status": "NotImplemented"}))
    assert (await outcome_of(TriggerMessage(Trigger.HEARTBEAT))).status == CommandStatus.NOT_SUPPORTED


@every_version
async def test_what_goes_over_the_wire_is_in_the_log_without_the_card(
    station: Charger, alice: Person, version: str
) -> None:
    await at_rest(station)

    def agree(_: Payload) -> Payload:
        return ACCEPTED

    action = "RemoteStartTransaction" if version == "1.6" else "RequestStartTransaction"
    station.on(action, agree)
    command = await finished(await start_for(alice, None))
    await eventually(Frame.objects.filter(message_id=command.message_id, message_type=3).aexists)
    call = await Frame.objects.aget(message_id=command.message_id, message_type=2)
    assert call.action == action
    assert alice.uid not in call.text
