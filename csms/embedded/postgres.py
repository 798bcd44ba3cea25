"""The embedded PostgreSQL: a data directory made once and whole, a server on a unix socket."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from csms.embedded.addresses import NAME, PORT, USER
from csms.embedded.binaries import PostgresBinaries, find_postgres
from csms.embedded.children import Child, open_log, spawn, wait_for
from csms.embedded.identity import Identity
from csms.embedded.place import Place, check_space, make_private, prepare
from csms.embedded.problems import CannotStart, with_log_tail

START_TIMEOUT_S = 120.0
"""Recovery after a power cut may take its time."""
BUILTIN_LOCALE_SINCE = 17
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "logging_collector": "off",
    "log_destination": "stderr",
}
FOR_TESTS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "1h",
    "update_process_title": "off",
}


def start(place: Place, *, durable: bool) -> Child:
    binaries = find_postgres()
    identity, binaries = prepare(place.base, binaries)
    check_space(place)
    _check_version(place.postgres_data, binaries)
    if not place.postgres_data.exists():
        _create(place, binaries, identity, durable=durable)
    _clear_leftovers(place)
    make_private(place.sockets, identity)
    settings = SETTINGS if durable else SETTINGS | FOR_TESTS
    settings = settings | {"unix_socket_directories": _quoted(place.sockets)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with open_log(place.log("postgres")) as log:
        child = spawn(
            [binaries.postgres, "-D", place.postgres_data, *options],
            name="postgres",
            output=log,
            prefix=identity.prefix,
            stop_signal=signal.SIGINT,
        )
    if not wait_for(lambda: _is_ready(place.postgres_data, child), child=child, timeout_s=START_TIMEOUT_S):
        child.stop()
        raise with_log_tail("PostgreSQL did not start.", place.log("postgres"))
    return child


def _check_version(data: Path, binaries: PostgresBinaries) -> None:
    try:
        found = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    if found != str(binaries.major):
        raise CannotStart(
            f"{data} was made by PostgreSQL {found}, and this is PostgreSQL {binaries.major}. "
            f'To start with fresh data, move it away: mv "{data}" "{data}-{found}". '
            f"To keep the data, dump it with PostgreSQL {found} (pg_dump) and load it into the new one."
        )


def _create(place: Place, binaries: PostgresBinaries, identity: Identity, *, durable: bool) -> None:
    """Under another name until it is complete, so that an interrupted first start leaves nothing half-made."""
    partial = place.home / "postgres.partial"
    shutil.rmtree(partial, ignore_errors=True)
    make_private(partial, identity)
    sync = [] if durable else ["--no-sync"]
    base = ["-U", USER, "--auth=trust", "--encoding=UTF8", *_locale(binaries.major), *sync]
    _run([*identity.prefix, str(binaries.initdb), "-D", str(partial), *base], place)
    single = [str(binaries.postgres), "--single", "-D", str(partial)]
    if not durable:
        single += ["-c", "fsync=off"]
    _run([*identity.prefix, *single, "postgres"], place, said=f"CREATE DATABASE {NAME}\n")
    partial.rename(place.postgres_data)


def _locale(major: int) -> list[str]:
    """The same order on every machine, whatever its own language is."""
    if major >= BUILTIN_LOCALE_SINCE:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def _run(command: list[str], place: Place, said: str = "") -> None:
    environment = os.environ | {"LC_ALL": "C"}
    with open_log(place.log("postgres")) as log:
        done = subprocess.run(
            command, input=said.encode(), stdout=log, stderr=subprocess.STDOUT, env=environment, check=False
        )
    if done.returncode != 0:
        raise with_log_tail("The database could not be created.", place.log("postgres"))


def _clear_leftovers(place: Place) -> None:
    """We hold the lock of the directory: whatever still runs on this data is an orphan, and its files are stale."""
    pid_file = place.postgres_data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        pid = 0
    if pid and _runs_on(pid, place.postgres_data):
        os.kill(pid, signal.SIGINT)
        _wait_until_gone(pid)
    for stale in (pid_file, *place.sockets.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)


def _runs_on(pid: int, data: Path) -> bool:
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    except OSError:
        return False


def _wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while Path(f"/proc/{pid}/cwd").exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def _is_ready(data: Path, child: Child) -> bool:
    """PostgreSQL writes its state into the eighth line of its pid file."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready" and lines[0] == str(child.process.pid)


def _quoted(directory: Path) -> str:
    """PostgreSQL reads a list here; quotes protect commas and spaces."""
    return '"' + str(directory).replace('"', '""') + '"'
