"""`make run`: from nothing to a running project, and back to nothing."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path

import psutil
import psycopg
import pytest

from csms.embedded.addresses import postgres_address
from csms.embedded.network import answers
from tests.embedded.conftest import ROOT, Start, read_until

PROJECT = str(ROOT / "tests" / "embedded" / "small_project.py")
WITHOUT = ("run", "--without", "simulator")


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Three that are free now."""
    found = {}
    sockets = [socket.socket() for _ in range(3)]
    for variable, free in zip(("WEB_PORT", "GATEWAY_PORT", "GATEWAY_TLS_PORT"), sockets, strict=True):
        free.bind(("127.0.0.1", 0))
        found[variable] = free.getsockname()[1]
        monkeypatch.setenv(variable, str(found[variable]))
    for free in sockets:
        free.close()
    return found


def everything_of(run: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(run.pid).children(recursive=True)


@pytest.mark.usefixtures("ports")
def test_it_says_where_everything_is_and_leaves_nothing_after_ctrl_c(start: Start, var: Path) -> None:
    run = start(PROJECT, *WITHOUT)
    heard = read_until(run, "Ctrl-C")
    assert "olga@harbour.example   operator\n  Password    an example\n" in heard
    assert "gateway ready" not in heard
    assert "no line for people" in (var / "log" / "gateway.log").read_text()
    everything = everything_of(run)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=100)
    assert run.returncode == 0
    assert output.endswith("stopped\n")
    assert not [process for process in everything if process.is_running()]
    assert not (var / "processes.json").exists()
    assert (var / "lock").read_text() == ""


def test_it_keeps_its_data_and_does_not_start_twice(start: Start, ports: dict[str, int]) -> None:
    first = start(PROJECT, *WITHOUT)
    read_until(first, "Ctrl-C")
    second = start(PROJECT, *WITHOUT)
    said, _ = second.communicate(timeout=100)
    assert second.returncode == 1
    assert f"already running (process {first.pid}), most likely at http://127.0.0.1:{ports['WEB_PORT']}/" in said
    address = postgres_address()
    with psycopg.connect(host=address.host, port=address.port, user=address.user, dbname=address.name) as connection:
        connection.execute("create table kept as select 42 as answer")
    first.terminate()
    first.communicate(timeout=100)
    third = start(PROJECT, *WITHOUT)
    read_until(third, "Ctrl-C")
    with psycopg.connect(host=address.host, port=address.port, user=address.user, dbname=address.name) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)
    third.terminate()
    third.communicate(timeout=100)
    assert third.returncode == 0


def test_what_dies_is_started_again_and_what_kills_the_runner_kills_all(start: Start, ports: dict[str, int]) -> None:
    run = start(PROJECT, *WITHOUT)
    read_until(run, "Ctrl-C")
    doomed = [process for process in everything_of(run) if str(ports["GATEWAY_PORT"]) in process.cmdline()]
    doomed[0].kill()
    assert "gateway    ended unexpectedly (signal SIGKILL); starting it again now" in read_until(run, "unexpectedly")
    assert "no line for people" not in read_until(run, "gateway    gateway ready  port=")
    valkey = [process for process in everything_of(run) if process.name() == "valkey-server"]
    valkey[0].kill()
    assert "valkey     ended unexpectedly; starting it again" in read_until(run, "unexpectedly")
    assert answers(f"http://127.0.0.1:{ports['WEB_PORT']}/livez")
    everything = everything_of(run)
    run.kill()
    _, alive = psutil.wait_procs(everything, timeout=60)
    assert alive == []


@pytest.mark.usefixtures("ports")
def test_a_process_that_cannot_start_ends_the_start_with_its_reason(start: Start) -> None:
    run = start(PROJECT, "run", "--only", "simulator")
    said, _ = run.communicate(timeout=100)
    assert run.returncode == 1
    assert "The simulator process ended while it was starting. The end of" in said
    assert "out of chargers" in said


@pytest.mark.parametrize("variable", ["WEB_PORT", "GATEWAY_PORT", "GATEWAY_TLS_PORT"])
def test_a_taken_port_is_named_with_the_variable_that_changes_it(
    start: Start, var: Path, ports: dict[str, int], variable: str
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said, _ = start(PROJECT, *WITHOUT, **{variable: str(port)}).communicate(timeout=100)
    assert f"Port {port} is taken" in said
    assert f"{variable}={port + 1} make run" in said
    assert not (var / "postgres").exists()


@pytest.mark.usefixtures("ports")
def test_a_given_database_that_does_not_answer_is_named(start: Start, ports: dict[str, int]) -> None:
    url = f"postgres://csms@127.0.0.1:{ports['WEB_PORT']}/csms"
    said, _ = start(PROJECT, *WITHOUT, DATABASE_URL=url).communicate(timeout=100)
    assert f"Nobody answers at 127.0.0.1:{ports['WEB_PORT']}, which DATABASE_URL names" in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [(("--only", "wbe"), "There is no process called wbe"), (("--without", "cron"), "There is no process called cron")],
)
@pytest.mark.usefixtures("ports")
def test_an_unknown_process_is_named(start: Start, options: tuple[str, ...], sentence: str) -> None:
    said, _ = start(PROJECT, "run", *options).communicate(timeout=100)
    assert sentence in said


def test_a_port_that_is_no_number_is_named(start: Start) -> None:
    said, _ = start(PROJECT, *WITHOUT, WEB_PORT="http").communicate(timeout=100)
    assert "WEB_PORT is 'http'; a port is a number from 1 to 65535." in said
