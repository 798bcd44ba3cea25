"""`python -m csms.embedded exec -- command`: servers for one command."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import psutil
import pytest

from csms.embedded.servers import temporary
from tests.embedded.conftest import Start, processes_of, read_until

ASK_BOTH = """
import os, psycopg, redis, kombu
from csms.embedded.addresses import celery_url
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("select current_database(), current_setting('fsync')").fetchone())
with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
    print(client.ping(), client.config_get("databases"))
with kombu.Connection(celery_url(os.environ["REDIS_URL"])) as connection:
    print("Celery:", connection.default_channel.client.ping())
print("asked", flush=True)
"""


def test_the_command_finds_both_servers_and_its_status_is_ours(start: Start, var: Path) -> None:
    run = start("-m", "csms.embedded", "exec", "--", sys.executable, "-c", f"{ASK_BOTH}\nraise SystemExit(3)")
    output, _ = run.communicate()
    assert "('csms', 'off')" in output
    assert "True {'databases': '64'}" in output
    assert "Celery: True" in output
    assert run.returncode == 3
    assert [path.name for path in (var / "test").iterdir()] == ["lock"]
    assert processes_of(var) == []


def test_several_at_once_do_not_meet(start: Start, var: Path) -> None:
    arguments = ("-m", "csms.embedded", "exec", "--", sys.executable, "-c")
    tell = "import os; print(os.environ['DATABASE_URL'])"
    runs = [start(*arguments, tell) for _ in range(2)]
    said = [run.communicate()[0] for run in runs]
    assert said[0] != said[1]
    assert [run.returncode for run in runs] == [0, 0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_it(start: Start, var: Path, number: signal.Signals) -> None:
    wait = f"{ASK_BOTH}\nimport time; time.sleep(600)"
    run = start("-m", "csms.embedded", "exec", "--", sys.executable, "-c", wait)
    read_until(run, "asked")
    everything = psutil.Process(run.pid).children(recursive=True)
    assert len(everything) > 2
    run.send_signal(number)
    _, alive = psutil.wait_procs(everything, timeout=60)
    assert alive == []


def test_the_next_one_removes_what_a_killed_one_left(var: Path) -> None:
    left = var / "test" / "0a1b2c3d"
    (left / "postgres").mkdir(parents=True)
    with temporary():
        assert not left.exists()


def test_given_servers_are_used_and_none_is_started(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/csms")
    monkeypatch.setenv("REDIS_URL", "redis://redis.example/0")
    with temporary() as environment:
        assert environment == {}
    assert not var.exists()


def test_a_deep_directory_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSMS_VAR", str(tmp_path / ("deep " * 20) / "var"))
    with temporary() as environment:
        assert "deep" in environment["CSMS_VAR"]
        assert "deep" not in environment["DATABASE_URL"] + environment["REDIS_URL"]
