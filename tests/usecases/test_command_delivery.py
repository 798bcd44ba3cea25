"""The way of a command: queued, sent, answered, or not. One at a time, in order, never twice."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import User
from charging.models import Session
from simulator import CallError, Charger
from stations import services
from stations.commands import (
    ClearCache,
    RawCall,
    Reset,
    ResetKind,
    SetVariables,
    Trigger,
    TriggerMessage,
    VariableName,
    VariableValue,
)
from stations.models import ChargingStation, Command, Variable
from stations.problems import InvalidRequest
from stations.states import CommandStatus
from tests.conftest import MakeCharger, Person, every_version, first_boot
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest
from tests.usecases.asking import ACCEPTED, ask, at_rest, back_online, outcome_of, silent, status_becomes
from tests.usecases.facts import finished
from tests.usecases.telling import Payload, Telling, status_of

SILENCE_S = 0.3


async def impatient(make_charger: MakeCharger, gateway: GatewayUnderTest, version: str) -> Charger:
    """A station of the gateway that waits one second for an answer."""
    charger = await make_charger(version, url=gateway.url, call_timeout_s=0.9)
    await charger.connect()
    await charger.boot()
    await at_rest(charger)
    return charger


@every_version
async def test_no_answer_in_time_and_the_next_is_sent(
    make_charger: MakeCharger, impatient_gateway: GatewayUnderTest, version: str
) -> None:
    """Rule 10: after a time-out the next CALL may go."""
    station = await impatient(make_charger, impatient_gateway, version)
    station.on("ClearCache", silent)
    unanswered, following = await ask(ClearCache()), await ask(TriggerMessage(Trigger.HEARTBEAT))
    done = await finished(unanswered)
    assert (done.status, done.detail) == (CommandStatus.TIMED_OUT, "The station did not answer in time.")
    assert (await finished(following)).status == CommandStatus.ACCEPTED


@every_version
async def test_q036_an_answer_after_the_time_out_still_tells(
    make_charger: MakeCharger, impatient_gateway: GatewayUnderTest, version: str
) -> None:
    """Quirk 36. It is better news than none. Rule 12."""
    station = await impatient(make_charger, impatient_gateway, version)
    may_answer = asyncio.Event()

    async def late(_: Payload) -> Payload:
        await may_answer.wait()
        return ACCEPTED

    station.on("ClearCache", late)
    command = await ask(ClearCache())
    assert (await finished(command)).status == CommandStatus.TIMED_OUT
    may_answer.set()
    assert (await status_becomes(command, CommandStatus.ACCEPTED)).response == ACCEPTED


async def test_half_an_answer_after_the_time_out_is_not_the_whole(
    make_charger: MakeCharger, impatient_gateway: GatewayUnderTest
) -> None:
    """Two calls, and the second was never sent. Rule 12."""
    station = await impatient(make_charger, impatient_gateway, "1.6")
    may_answer = asyncio.Event()

    async def late(_: Payload) -> Payload:
        await may_answer.wait()
        return ACCEPTED

    station.on("ChangeConfiguration", late)
    values = tuple(VariableValue(VariableName(name), "99") for name in ("HeartbeatInterval", "BlinkRepeat"))
    command = await ask(SetVariables(values))
    assert (await finished(command)).status == CommandStatus.TIMED_OUT
    may_answer.set()
    await eventually(Variable.objects.filter(name="HeartbeatInterval", value="99").aexists)
    await command.arefresh_from_db()
    assert command.status == CommandStatus.TIMED_OUT


async def test_what_was_done_before_it_went_wrong_is_known(station_16: Charger) -> None:
    """The first key was changed, the second ended in an error. Rule 80."""
    await at_rest(station_16)

    def moody(payload: Payload) -> Payload:
        if payload["key"] == "BlinkRepeat":
            raise CallError("InternalError", "no lamp")
        return ACCEPTED

    station_16.on("ChangeConfiguration", moody)
    values = tuple(VariableValue(VariableName(name), "99") for name in ("HeartbeatInterval", "BlinkRepeat"))
    done = await finished(await ask(SetVariables(values)))
    assert (done.status, done.detail) == (CommandStatus.REJECTED, "InternalError: no lamp")
    assert await Variable.objects.filter(name="HeartbeatInterval", value="99").aexists()
    assert not await Variable.objects.filter(name="BlinkRepeat", value="99").aexists()


@every_version
async def test_answers_to_nothing_are_dropped(station: Charger, version: str) -> None:
    """And never answered themselves. Rule 12."""
    await at_rest(station)
    for frame in ('[3,"never-sent",{}]', '[4,"never-sent","GenericError","",{}]', '[3,"never-sent"]', "[3]", "[4]"):
        await station.send_text(frame)
    assert "currentTime" in await station.call("Heartbeat", {})
    assert (await outcome_of(ClearCache())).status == CommandStatus.ACCEPTED


@every_version
async def test_what_is_asked_of_an_absent_station_is_sent_when_it_returns(station: Charger, version: str) -> None:
    await at_rest(station)
    await station.go_offline()
    command = await ask(ClearCache())
    await back_online(station)
    assert (await finished(command)).status == CommandStatus.ACCEPTED


async def test_a_station_that_says_nothing_after_a_reconnect_is_sent_it_too(station_16: Charger) -> None:
    """Quirk 28: it does not boot again. It is given ten seconds. Rule 26."""
    await at_rest(station_16)
    await station_16.go_offline()
    command = await ask(ClearCache())
    await station_16.connect()
    await status_becomes(command, CommandStatus.ACCEPTED, timeout_s=30)


@every_version
async def test_what_comes_too_late_is_not_sent(station: Charger, version: str) -> None:
    await at_rest(station)
    await station.go_offline()
    command = await ask(Reset(ResetKind.HARD))
    await Command.objects.filter(pk=command.pk).aupdate(expires_at=timezone.now() - timedelta(minutes=1))
    await back_online(station)
    assert (await outcome_of(ClearCache())).status == CommandStatus.ACCEPTED
    assert await sync_to_async(services.expire_commands)() == 1
    await command.arefresh_from_db()
    assert (command.status, command.sent_at) == (CommandStatus.EXPIRED, None)
    assert command.detail == "The station was not reachable in time; nothing was sent."


@every_version
async def test_the_urgent_goes_first_and_then_in_order(station: Charger, version: str) -> None:
    await at_rest(station)
    await station.go_offline()
    for vendor, priority in (("first", 0), ("second", 0), ("urgent", 5)):
        await ask(RawCall("DataTransfer", {"vendorId": vendor}), priority=priority)
    await back_online(station)
    order = [(await station.wait_for_call("DataTransfer"))["vendorId"] for _ in range(3)]
    assert order == ["urgent", "first", "second"]


@every_version
async def test_one_call_at_a_time_and_the_station_may_speak_meanwhile(
    station: Charger, alice: Person, version: str
) -> None:
    """Rule 10: calls may cross. The judge sees that no second one is open."""
    await at_rest(station)
    may_answer = asyncio.Event()

    async def slow(_: Payload) -> Payload:
        await may_answer.wait()
        return ACCEPTED

    station.on("ClearCache", slow)
    commands = [await ask(ClearCache()) for _ in range(3)]
    await status_becomes(commands[0], CommandStatus.SENT)
    assert status_of(await Telling(station, alice.uid).start()) == "Accepted"
    assert await Command.objects.filter(status=CommandStatus.QUEUED).acount() == 2
    may_answer.set()
    for command in commands:
        assert (await finished(command)).status == CommandStatus.ACCEPTED


@every_version
async def test_a_lost_command_is_never_sent_again(station: Charger, version: str) -> None:
    """A second start or reset is not harmless. Rule 6."""
    await at_rest(station)
    station.on("Reset", silent)
    command = await ask(Reset())
    await station.wait_for_call("Reset")
    await station.go_offline()
    done = await finished(command)
    assert (done.status, done.detail) == (
        CommandStatus.LOST,
        "The connection broke before the station answered; whether it acted is unknown.",
    )
    await back_online(station)
    await station.receive_nothing(SILENCE_S)


@every_version
async def test_a_command_lost_to_a_newer_socket(station: Charger, version: str) -> None:
    """Rule 6: what was asked over the old socket fails."""
    await at_rest(station)
    station.on("ClearCache", silent)
    command = await ask(ClearCache())
    await station.wait_for_call("ClearCache")
    await station.abandon_connection()
    await station.connect()
    assert (await finished(command)).status == CommandStatus.LOST


@every_version
async def test_cancelled_before_it_was_sent(station: Charger, olga: User, version: str) -> None:
    await at_rest(station)
    await station.go_offline()
    command = await ask(Reset())
    assert await sync_to_async(services.cancel_command)(command, by=olga)
    await back_online(station)
    await station.receive_nothing(SILENCE_S)
    await command.arefresh_from_db()
    assert (command.status, command.detail) == (CommandStatus.CANCELLED, "Cancelled before it was sent.")
    assert not await sync_to_async(services.cancel_command)(command, by=olga)


WRONG = {
    "an unknown action": (RawCall("MakeCoffee"), "MakeCoffee is no action of OCPP"),
    "a missing property": (RawCall("Reset"), "The payload does not fit the schema: "),
    "a wrong word": (RawCall("Reset", {"type": "Gentle"}), "The payload does not fit the schema: type"),
    "one too many": (RawCall("ClearCache", {"really": True}), "The payload does not fit the schema: "),
}


@every_version
@pytest.mark.parametrize("what", WRONG)
async def test_a_raw_payload_that_does_not_fit_is_not_sent(station: Charger, version: str, what: str) -> None:
    """Rule 20: strict in what we send, and staff are told in a sentence; also of what was queued unchecked."""
    await at_rest(station)
    wanted, sentence = WRONG[what]
    with pytest.raises(InvalidRequest):
        await ask(wanted)
    assert await Command.objects.filter(kind="RawCall").acount() == 0
    await ChargingStation.objects.aupdate(ocpp_version="")
    done = await outcome_of(wanted)
    assert done.status == CommandStatus.NOT_SUPPORTED
    assert done.detail.startswith(sentence)
    assert done.action == ""
    await station.receive_nothing(SILENCE_S)


@first_boot
@every_version
async def test_message_ids_are_short_and_never_the_same(station: Charger, version: str) -> None:
    """Rule 11: at most 36 characters, unique over all connections of a station."""
    await at_rest(station)
    for _ in range(2):
        await outcome_of(ClearCache())
        await station.go_offline()
        await back_online(station)
    ids = [command.message_id async for command in Command.objects.all()]
    assert len(set(ids)) == 3
    assert all(0 < len(id_) <= 36 for id_ in ids)


@every_version
async def test_a_hard_reset_in_the_middle_of_a_session(station: Charger, alice: Person, version: str) -> None:
    """TC_013_CSMS, TC_B_22_CSMS. The station answers, goes dark and tells of the end afterwards."""
    await at_rest(station)
    await station.start_charging(alice.uid)
    await station.advance(600)
    assert (await outcome_of(Reset(ResetKind.HARD))).status == CommandStatus.ACCEPTED
    await station.settle()
    session = await Session.objects.aget()
    assert (session.is_ongoing, session.energy_wh) == (False, station.evse(1).meter_wh)
    assert session.stop_reason in {"HardReset", "ImmediateReset"}
