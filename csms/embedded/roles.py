"""The processes that `make run` keeps alive: how each is started, and how one sees that it is ready."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from csms.embedded.problems import CannotStart

HOST = "127.0.0.1"
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
STOP_ORDER = (("simulator",), ("gateway",), ("web", "beat", "worker"))
"""Chargers leave before the gateway does; nobody sends work to a worker that is gone."""


@dataclass(frozen=True)
class Role:
    name: str
    command: tuple[str, ...]
    ready_url: str = ""
    """Answers with a status below 400 when it is ready."""
    ready_line: str = ""
    """Or: part of what it prints when it is ready."""
    noise: str = ""
    """A pattern of lines that are only worth the log."""
    speaks_json: bool = True
    stop_patience_s: float = 10.0

    def is_noise(self, line: str) -> bool:
        return bool(self.noise and re.search(self.noise, line))


@dataclass(frozen=True)
class Ports:
    web: int
    gateway: int
    gateway_tls: int

    @classmethod
    def from_environment(cls) -> Ports:
        return cls(
            web=_port("WEB_PORT", 8000),
            gateway=_port("GATEWAY_PORT", 9000),
            gateway_tls=_port("GATEWAY_TLS_PORT", 9443),
        )


def all_roles(ports: Ports, fleet: Path) -> list[Role]:
    """In the order in which they are started."""
    python, demo = sys.executable, ("--fleet", str(fleet), "--scenario", "demo")
    return [
        Role(
            "gateway",
            (python, str(MANAGE), "gateway", "--port", str(ports.gateway), "--tls-port", str(ports.gateway_tls)),
            ready_url=f"http://{HOST}:{ports.gateway}/livez",
            stop_patience_s=20.0,
        ),
        Role(
            "web",
            (python, "-m", "daphne", "-b", HOST, "-p", str(ports.web), "csms.asgi:application"),
            ready_url=f"http://{HOST}:{ports.web}/livez",
        ),
        Role(
            "worker",
            (*_celery("worker"), "--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"),
            ready_line=" ready.",
            noise=r"Task \S+ (received|succeeded)| ready\.|Connected to|SecurityWarning",
        ),
        Role(
            "beat", _celery("beat"), ready_line="beat: Starting", noise="beat: Starting|Sending due task|DatabaseSched"
        ),
        Role(
            "simulator",
            (python, "-m", "simulator", "fleet", "--url", f"ws://{HOST}:{ports.gateway}/ocpp", *demo),
            ready_line="Z ready station=fleet",
            noise=r"Z (ready|booted|status|charging_state) | command .*action=Get",
            speaks_json=False,
        ),
    ]


def chosen(roles: list[Role], only: str, without: str) -> list[Role]:
    """Both are lists of names with commas between them."""
    names = {role.name for role in roles}
    wanted, unwanted = _names(only) or names, _names(without)
    if unknown := (wanted | unwanted) - names:
        raise CannotStart(f"There is no process called {', '.join(sorted(unknown))}: {', '.join(sorted(names))}.")
    return [role for role in roles if role.name in wanted - unwanted]


def _names(text: str) -> set[str]:
    return {name.strip() for name in text.split(",") if name.strip()}


def _celery(verb: str) -> tuple[str, ...]:
    options = ("--pidfile=",) if verb == "beat" else ()
    return (sys.executable, "-m", "celery", "--app", "csms", "--quiet", verb, "--loglevel", "INFO", *options)


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"{variable} is {text!r}; a port is a number from 1 to 65535.")
    return int(text)
