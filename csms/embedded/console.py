"""What the person at the terminal reads: one line per event, and the block that says where everything is."""

from __future__ import annotations

import json
import os
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from csms.embedded.roles import HOST, Ports, Role

LINES_PER_SECOND = 12
"""Of one process. What is more goes to its log, and is counted."""
HIDDEN_FIELDS = {"event", "level", "timestamp", "logger", "exception", "stack", "data"}
STYLES = {"dim": "\033[2m", "bold": "\033[1m", "warning": "\033[33m", "error": "\033[31m", "critical": "\033[31m"}
RESET = "\033[0m"
EVENT_OF_A_STATION = re.compile(r"\d\d:\d\d:\d\dZ (?P<event>\w+) station=(?P<station>\S+) ?(?P<fields>.*)")


@dataclass
class Console:
    stream: TextIO
    has_colours: bool = False
    shows_events: bool = False
    """Only between the welcome and the end: what happens while all starts and stops is in the logs."""
    _second: int = 0
    _shown: Counter[str] = field(default_factory=Counter)

    @classmethod
    def on(cls, stream: TextIO) -> Console:
        return cls(stream, has_colours=stream.isatty() and "NO_COLOR" not in os.environ)

    def say(self, sentence: str, source: str = "csms", style: str = "") -> None:
        now = time.strftime("%H:%M:%S")
        self.write(f"{self.styled(f'{now}  {source:<9}', 'dim')}  {self.styled(sentence, style)}")

    def event(self, role: Role, line: str) -> None:
        """Show a line of a process, if it is one for people."""
        if not self.shows_events or role.is_noise(line) or not line.strip():
            return
        if not role.speaks_json:
            self._show(role.name, aligned(line.strip()), "")
            return
        try:
            record = json.loads(line)
        except ValueError:
            return
        if isinstance(record, dict) and "event" in record:
            self._show(role.name, readable(record), str(record.get("level", "")))

    def write(self, text: str) -> None:
        try:
            self.stream.write(f"{text}\n")
            self.stream.flush()
        except BrokenPipeError:
            return

    def styled(self, text: str, style: str) -> str:
        return f"{STYLES[style]}{text}{RESET}" if self.has_colours and style in STYLES else text

    def _show(self, source: str, sentence: str, level: str) -> None:
        if self._second != (second := int(time.monotonic())):
            self._second, shown = second, self._shown
            self._shown = Counter()
            for name, count in shown.items():
                if count > LINES_PER_SECOND:
                    self.say(f"and {count - LINES_PER_SECOND} more, see its log", name, "dim")
        self._shown[source] += 1
        if self._shown[source] <= LINES_PER_SECOND:
            self.say(sentence, source, level)


def readable(record: dict[str, Any]) -> str:
    fields = [
        f"{name}={value}" for name, value in record.items() if name not in HIDDEN_FIELDS and value not in (None, "")
    ]
    return "  ".join([str(record["event"]).split("\n", 1)[0], *fields])


def aligned(line: str) -> str:
    """An event of the simulator, with the station first; any other line as it is."""
    if match := EVENT_OF_A_STATION.match(line):
        return f"{match['station']:<14} {match['event'].replace('_', ' '):<20} {match['fields']}".rstrip()
    return line


def welcome(console: Console, *, ports: Ports, logins: list[dict[str, str]], logs: Path, ready_s: float) -> None:
    rows = [
        ("Admin", f"http://{HOST}:{ports.web}/admin/"),
        ("Chargers", f"ws://{HOST}:{ports.gateway}/ocpp/<identity>"),
        ("by TLS", f"wss://{HOST}:{ports.gateway_tls}/ocpp/<identity>   trust var/tls/authority.crt"),
        *_login_rows(console, logins),
        ("Logs", os.path.relpath(logs)),
        ("Stop", "Ctrl-C"),
    ]
    console.write("")
    console.write(console.styled(f"  Ready after {ready_s:.1f} s", "bold"))
    console.write("")
    for name, value in rows:
        console.write(f"  {name:<12}{value}")
    console.write("")


def _login_rows(console: Console, logins: list[dict[str, str]]) -> list[tuple[str, str]]:
    """A password that all have is written once."""
    passwords = {login["password"] for login in logins}
    width = max((len(login["email"]) for login in logins), default=0)
    rows = []
    for number, login in enumerate(logins):
        own = f"   {login['password']}" if len(passwords) > 1 else ""
        role = console.styled(login.get("role", ""), "dim")
        rows.append(("Sign in as" if number == 0 else "", f"{login['email']:<{width}}{own}   {role}"))
    return rows if len(passwords) != 1 else [*rows, ("Password", passwords.pop())]
