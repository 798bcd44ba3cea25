"""A network that lives by the wall clock, and what its files may say."""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from simulator import Charger, EvseSpec, Fault, RunningClock
from simulator.events import format_event
from simulator.fleet import Fleet
from simulator.roster import first_register_wh, made_up_roster, make_member, read_roster
from simulator.runner import BackOff, Runner
from simulator.scenario import Disturbances, Scenario, UnknownScenario, Visits, built_in_scenarios, load_scenario
from tests.simulator.conftest import MakeCharger
from tests.simulator.scripted_csms import ScriptedCsms

QUICK = Scenario(
    speed=100,
    boot_spread_s=0.1,
    visits=Visits(busy_at_start_share=1, first_within_s=0.1, remote_only_share=0),
    settings={"sample_interval_s": 1},
)


async def until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.02)


async def test_drivers_come_and_every_session_is_closed_at_the_end(csms: ScriptedCsms) -> None:
    roster = made_up_roster(prefix="SIM", count=6, version="mix", password="secret")
    fleet = Fleet([make_member(entry, roster, url=csms.url, scenario=QUICK) for entry in roster.chargers], QUICK)
    await fleet.start()
    await until(lambda: fleet.summary()["charging"] == 6)
    await until(lambda: len(csms.payloads("MeterValues")) >= 2)
    await fleet.stop()
    assert fleet.summary()["transactions"] == 0
    assert len(csms.payloads("StartTransaction")) == len(csms.payloads("StopTransaction")) == 2
    events = [event["eventType"] for event in csms.payloads("TransactionEvent")]
    assert events.count("Started") == events.count("Ended") == 4


@pytest.fixture
async def runner(make_charger: MakeCharger, version: str, csms: ScriptedCsms) -> Runner:
    charger = make_charger(version, clock=RunningClock())
    runner = Runner(charger, BackOff(first_s=0.01, longest_s=0.05))
    runner.start()
    await until(lambda: charger.is_ready and len(csms.payloads("StatusNotification")) > 0)
    return runner


async def test_a_lost_connection_is_made_again_without_a_boot(csms: ScriptedCsms, runner: Runner) -> None:
    await csms.sockets[-1].close(1012)
    await until(lambda: len(csms.sockets) == 2 and runner.charger.is_ready)
    assert csms.actions().count("BootNotification") == 1
    await runner.stop()


async def test_a_reset_boots_again(csms: ScriptedCsms, runner: Runner) -> None:
    kind = "Soft" if runner.charger.version == "1.6" else "Immediate"
    await csms.command("Reset", {"type": kind})
    await until(lambda: csms.actions().count("BootNotification") == 2)
    await runner.stop()


async def test_a_firmware_update_survives_its_reboot(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger("1.6", clock=RunningClock())
    runner = Runner(charger, BackOff(first_s=0.01))
    runner.start()
    await until(lambda: charger.is_ready)
    wish = {"location": "ftp://files.example/voltaria-9.9.bin", "retrieveDate": "2026-11-22T12:00:00Z"}
    await csms.command("UpdateFirmware", wish)
    await until(lambda: {"status": "Installed"} in csms.payloads("FirmwareStatusNotification"))
    assert csms.payloads("BootNotification")[-1]["firmwareVersion"] == "9.9"
    await runner.stop()


async def test_an_outage_lasts_until_it_is_over(csms: ScriptedCsms, runner: Runner) -> None:
    await runner.hold_offline()
    assert not runner.charger.is_connected
    runner.release()
    await until(lambda: runner.charger.is_ready)
    await runner.stop()


async def test_a_refused_charger_tries_again_later(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    csms.refuse_with = 401
    events: list[str] = []
    charger = make_charger(clock=RunningClock(), on_event=lambda identity, event, fields: events.append(event))
    runner = Runner(charger, BackOff(first_s=0.01, longest_s=0.02))
    runner.start()
    await until(lambda: events.count("connect_failed") >= 3)
    csms.refuse_with = None
    await until(lambda: charger.is_ready)
    await runner.stop()


@pytest.mark.parametrize(("attempt", "chance", "expected"), [(0, 0, 1), (3, 0, 8), (3, 0.5, 12), (40, 0, 60)])
def test_the_back_off_doubles_up_to_its_limit(attempt: int, chance: float, expected: float) -> None:
    assert BackOff().delay_s(attempt, chance) == expected


@pytest.mark.parametrize("name", built_in_scenarios())
def test_built_in_scenarios_are_valid(name: str) -> None:
    assert load_scenario(name).speed > 0


def test_a_wrong_field_in_a_scenario_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("[visits]\nper_evse_per_week = 3\n")
    with pytest.raises(msgspec.ValidationError, match="per_evse_per_week"):
        load_scenario(str(path))
    with pytest.raises(UnknownScenario, match="demo"):
        load_scenario("nowhere")


def test_speed_shortens_gaps_and_batteries_alike() -> None:
    slow, fast = load_scenario("demo"), msgspec.structs.replace(load_scenario("demo"), speed=200)
    slow_gap = slow.gap_s(random.Random(1), 12)
    assert fast.gap_s(random.Random(1), 12) == pytest.approx(slow_gap * slow.speed / 200)
    slow_car, fast_car = slow.new_car(random.Random(1)), fast.new_car(random.Random(1))
    assert fast_car.capacity_wh == pytest.approx(slow_car.capacity_wh * slow.speed / 200)
    assert replace(fast_car, capacity_wh=1) == replace(slow_car, capacity_wh=1)


ROSTER = {
    "tokens": ["CARD1"],
    "chargers": [
        {"identity": "old_faithful", "password": "00ff", "password_is_hex": True, "faults": ["no_pong"]},
        {
            "identity": "newest",
            "version": "2.1",
            "tokens": ["CARD2"],
            "evses": [{"connectors": 2, "max_power_w": 150000, "kind": "DC"}, {"max_power_w": 11000, "phases": 1}],
        },
    ],
}


def test_a_fleet_file_describes_its_chargers(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(ROSTER))
    roster = read_roster(path)
    old, new = [make_member(entry, roster, url="ws://127.0.0.1:1", scenario=QUICK) for entry in roster.chargers]
    assert old.charger.password == b"\x00\xff"
    assert (old.tokens, new.tokens) == (("CARD1",), ("CARD2",))
    assert Fault.NO_PONG in old.charger.faults
    assert [evse.spec.kind for evse in new.charger.evse_list] == ["DC", "AC"]
    assert new.charger.settings.sample_interval_s == 1


def test_a_fleet_file_may_be_toml_and_names_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text('[[chargers]]\nidentity = "A"\n')
    assert read_roster(path).chargers[0].version == "1.6"
    path.write_text('[[chargers]]\nname = "A"\n')
    with pytest.raises(msgspec.ValidationError):
        read_roster(path)


def test_1_6_stations_with_several_connectors_on_an_evse_are_refused() -> None:
    with pytest.raises(ValueError, match="one connector"):
        Charger(url="ws://127.0.0.1:1", identity="x", version="1.6", evses=[EvseSpec(connectors=2)])


def test_a_register_never_starts_lower_after_a_restart() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    first = first_register_wh(EvseSpec(), random.Random(7), now)
    hour_later = first_register_wh(EvseSpec(), random.Random(7), now + timedelta(hours=1))
    assert hour_later == first + 22_000


def test_lasting_faults_hit_their_share_of_the_fleet() -> None:
    scenario = Scenario(disturbances=Disturbances(lasting_faults={"no_pong": 0.3}))
    roster = made_up_roster(prefix="SIM", count=300, version="mix", password=None)
    members = [make_member(entry, roster, url="ws://127.0.0.1:1", scenario=scenario) for entry in roster.chargers]
    assert 60 < sum(Fault.NO_PONG in member.lasting_faults for member in members) < 120


def test_an_event_is_one_readable_line() -> None:
    line = format_event("CP 1", "status", {"evse": 1, "error": "a b", "nothing": None})
    assert line.split(" ", 1)[1] == 'status station="CP 1" evse=1 error="a b"'
