"""The embedded servers are tried for real, in directories of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from csms.embedded.place import remove

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A `var/` with a space in its path, and no servers given."""
    for variable in ("DATABASE_URL", "REDIS_URL", "WEB_PORT", "GATEWAY_PORT", "GATEWAY_TLS_PORT"):
        monkeypatch.delenv(variable, raising=False)
    directory = tmp_path / "v a r"
    monkeypatch.setenv("CSMS_VAR", str(directory))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    yield directory
    for base in (*directory.glob("test/*/"), directory):
        if base.is_dir():
            remove(base)


@pytest.fixture
def start(tmp_path: Path, var: Path) -> Iterator[Start]:
    """Start a Python program; whatever becomes of the test, it is gone afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start_python(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start_python
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def processes_of(directory: Path) -> list[psutil.Process]:
    """Everything that was started with this directory in its command."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(directory) in part for part in process.info["cmdline"] or []):
            found.append(process)
    return found


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """What it has said, up to the line with this text."""
    heard = ""
    if process.stdout is None:
        raise AssertionError("its output is not read")
    for line in process.stdout:
        heard += line
        if text in line:
            return heard
    raise AssertionError(f"it ended without saying {text!r}:\n{heard}")
