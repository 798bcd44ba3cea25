"""`make run`: servers, database, demo network and all processes, until Ctrl-C."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from csms.embedded import strays
from csms.embedded.addresses import var_dir
from csms.embedded.certificates import server_files
from csms.embedded.children import dies_with_us, open_log
from csms.embedded.console import Console, welcome
from csms.embedded.locks import Held, lock
from csms.embedded.network import check_port, check_server
from csms.embedded.place import make_base
from csms.embedded.problems import CannotStart, with_log_tail
from csms.embedded.roles import HOST, STOP_ORDER, Ports, Role, all_roles, chosen
from csms.embedded.servers import Server, running
from csms.embedded.supervisor import Supervisor

TLS_FILES = "tls"
AFTER_THE_OTHERS = "simulator"
PREPARE = (sys.executable, "-m", "csms.embedded.prepare")


@dataclass(frozen=True)
class Options:
    only: str = ""
    without: str = ""


def run(options: Options) -> int:
    """0 after Ctrl-C or SIGTERM; whatever is running then has been stopped."""
    started_at_s = time.monotonic()
    base, ports, console = var_dir(), Ports.from_environment(), Console.on(sys.stdout)
    roles = chosen(all_roles(ports, base / "fleet.json"), options.only, options.without)
    make_base(base)
    with _alone(base, ports):
        if count := strays.end(base):
            console.say(f"ended {count} processes of an earlier run")
        _check_surroundings(ports, roles)
        try:
            _on_signals(_interrupt)
            _run(base, ports, roles, console, started_at_s)
        except KeyboardInterrupt:
            pass
    console.say("stopped")
    return 0


def _run(base: Path, ports: Ports, roles: list[Role], console: Console, started_at_s: float) -> None:
    console.say("starting PostgreSQL and Valkey" if _needs_servers() else "using the given database and Redis")
    with running(base, durable=True) as servers, _stopping_undisturbed():
        environment = _environment(base)
        console.say("preparing the database")
        demo = json.loads(_prepare(base, environment))
        console.say(f"starting {', '.join(role.name for role in roles)}")
        supervisor = Supervisor(roles, base=base, console=console, environment=environment)
        with _stopping_in_order(supervisor, console):
            names = [role.name for role in roles]
            supervisor.start([name for name in names if name != AFTER_THE_OTHERS])
            supervisor.start([name for name in names if name == AFTER_THE_OTHERS])
            ready_s = time.monotonic() - started_at_s
            welcome(console, ports=ports, logins=demo["logins"], logs=base / "log", ready_s=ready_s)
            console.shows_events = True
            while True:
                supervisor.watch(0.5)
                _watch_servers(servers, console)


@contextmanager
def _stopping_undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not leave half of it running."""
    try:
        yield
    finally:
        _on_signals(signal.SIG_IGN)


@contextmanager
def _stopping_in_order(supervisor: Supervisor, console: Console) -> Iterator[None]:
    try:
        yield
    finally:
        _on_signals(signal.SIG_IGN)
        console.say("stopping")
        console.shows_events = False
        supervisor.stop(STOP_ORDER)


@contextmanager
def _alone(base: Path, ports: Ports) -> Iterator[None]:
    try:
        with lock(base / "lock"):
            yield
    except Held as held:
        raise CannotStart(
            f"It is already running (process {held.pid}), most likely at http://{HOST}:{ports.web}/admin/. "
            f"Stop it with Ctrl-C in its terminal or with: kill {held.pid}"
        ) from held


def _check_surroundings(ports: Ports, roles: list[Role]) -> None:
    names = {role.name for role in roles}
    if "web" in names:
        check_port(HOST, ports.web, "WEB_PORT")
    if "gateway" in names:
        check_port(HOST, ports.gateway, "GATEWAY_PORT")
        check_port(HOST, ports.gateway_tls, "GATEWAY_TLS_PORT")
    for variable in ("DATABASE_URL", "REDIS_URL"):
        if url := os.environ.get(variable):
            check_server(url, variable)


def _needs_servers() -> bool:
    return not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def _environment(base: Path) -> dict[str, str]:
    ours = {"CSMS_VAR": str(base), "LOG_JSON": "1", "PYTHONUNBUFFERED": "1", "STATIC_FROM_SOURCE": "1"}
    if "SECRET_KEY" not in os.environ:
        ours["SECRET_KEY"] = _secret_key(base / "secret_key")
    if "OCPP_TLS_CERTIFICATES" not in os.environ:
        ours |= server_files(base / TLS_FILES).environment
    return dict(os.environ) | ours


def _secret_key(path: Path) -> str:
    """Made once, so that sessions survive a restart."""
    if not path.exists() or not path.read_text():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()


def _prepare(base: Path, environment: dict[str, str]) -> str:
    """What it prints; what it complains about goes to its log."""
    log_path = base / "log" / "prepare.log"
    with open_log(log_path) as log:
        done = subprocess.run(
            [*dies_with_us(signal.SIGTERM), *PREPARE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            check=False,
            text=True,
        )
    if done.returncode != 0:
        raise with_log_tail("The database could not be prepared.", log_path)
    return done.stdout


def _watch_servers(servers: list[Server], console: Console) -> None:
    for server in servers:
        if not server.child.is_running:
            console.say("ended unexpectedly; starting it again", server.child.name, "error")
            server.start_again()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _on_signals(handler: Callable[[int, FrameType | None], Any] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup wants it to stay
            signal.signal(number, handler)
