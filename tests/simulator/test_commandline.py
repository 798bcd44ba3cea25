"""The load generator and the console, and how the command line ends."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

from simulator import RunningClock
from simulator.__main__ import main
from simulator.console import Console
from simulator.load import LoadPlan, run_load
from tests.simulator.conftest import MakeCharger
from tests.simulator.scripted_csms import ScriptedCsms


@pytest.mark.parametrize("with_transactions", [True, False])
async def test_the_load_generator_counts_every_answer(
    csms: ScriptedCsms, version: str, with_transactions: bool
) -> None:
    plan = LoadPlan(
        url=csms.url,
        identities=("L1", "L2", "L3"),
        version=version,
        interval_s=0.05,
        seconds=0.5,
        with_transactions=with_transactions,
    )
    figures = (await run_load(plan)).figures()
    samples = [payload for action, payload in csms.received if action != "BootNotification" and "meterValue" in payload]
    assert figures["answered"] == len(samples) > 0
    assert figures["unanswered"] == figures["errors"] == figures["failed_connections"] == 0
    assert all(len(sample["meterValue"][0]["sampledValue"]) == 6 for sample in samples)


async def test_the_load_generator_counts_what_stays_without_an_answer(csms: ScriptedCsms) -> None:
    csms.script["MeterValues"] = lambda _: None
    plan = LoadPlan(url=csms.url, identities=("L1",), interval_s=0, seconds=0.1, timeout_s=0.05)
    figures = (await run_load(plan)).figures()
    assert figures["unanswered"] >= 1
    assert figures["answered"] == 0


async def test_the_console_obeys_and_explains(
    csms: ScriptedCsms, make_charger: MakeCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    charger = make_charger("2.0.1", clock=RunningClock())
    await charger.connect()
    await charger.boot()
    console = Console(charger)
    for words in ("plug", "tap 04AA 1", "status", "fault GroundFailure", "clear", "unplug", "unplug", "dance"):
        await console.obey(words.split())
    said = capsys.readouterr().out
    assert "answer: Accepted" in said
    assert "status=Charging" in said
    assert "failed: nothing is plugged in" in said
    assert "unknown command 'dance'" in said
    assert [event["eventType"] for event in csms.payloads("TransactionEvent")] == ["Started", "Updated", "Ended"]


async def test_the_console_ends_with_its_input(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    lines = asyncio.StreamReader()
    lines.feed_data(b"help\n\nquit\n")
    await Console(make_charger(clock=RunningClock())).run(lines)


async def test_a_terminated_fleet_says_goodbye(csms: ScriptedCsms, tmp_path: Path) -> None:
    roster = tmp_path / "fleet.json"
    roster.write_text(json.dumps({"chargers": [{"identity": "A"}, {"identity": "B", "version": "2.1"}]}))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        "fleet",
        "--url",
        csms.url,
        "--fleet",
        str(roster),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        while csms.actions().count("BootNotification") < 2:
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()
    assert process.returncode == 0
    assert errors == b""
    assert output.decode().splitlines()[-1].split()[1:4] == ["stopped", "station=fleet", "chargers=2"]
    assert {socket.close_code for socket in csms.sockets} == {1001}


async def test_the_load_command_ends_with_one_json_line(csms: ScriptedCsms, tmp_path: Path) -> None:
    identities = tmp_path / "identities.txt"
    identities.write_text("A\nB\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        "load",
        "--url",
        csms.url,
        "--identities-from",
        str(identities),
        "--interval",
        "0.1",
        "--seconds",
        "0.5",
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    figures = json.loads(output.decode().splitlines()[-1])
    assert process.returncode == 0
    assert figures["stations"] == 2
    assert {"messages_per_s", "p50_ms", "p99_ms", "answered", "unanswered"} <= figures.keys()


def test_a_mistake_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet", "--url", "ws://127.0.0.1:1/ocpp", "--scenario", "nowhere"]) == 2
    assert capsys.readouterr().err.startswith("simulator: no scenario 'nowhere'; built in are")
