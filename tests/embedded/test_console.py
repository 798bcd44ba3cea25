"""One readable line for each event, and not one too many."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest

from csms.embedded.console import LINES_PER_SECOND, Console
from csms.embedded.roles import Ports, all_roles

ROLES = {role.name: role for role in all_roles(Ports(web=8000, gateway=9000, gateway_tls=9443), Path("fleet.json"))}


@pytest.fixture
def console() -> Console:
    return Console(io.StringIO(), shows_events=True)


def shown(console: Console) -> list[str]:
    """Without the time of day."""
    if not isinstance(console.stream, io.StringIO):
        raise AssertionError("it writes elsewhere")
    return [line[10:] for line in console.stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("role", "line", "expected"),
    [
        (
            "gateway",
            json.dumps({"event": "station refused", "level": "warning", "timestamp": "…", "cause": "unknown station"}),
            ["gateway    station refused  cause=unknown station"],
        ),
        ("gateway", "Traceback (most recent call last):", []),
        ("web", '127.0.0.1:1 - - [22/Nov/2026:13:42:51] "GET /livez" 200 2', []),
        ("worker", json.dumps({"event": "Task stations.tasks.expire_commands[1] received", "level": "info"}), []),
        ("beat", json.dumps({"event": "Scheduler: Sending due task expire (expire)", "level": "info"}), []),
        (
            "simulator",
            "13:54:40Z transaction_started station=modern evse=2 meter_wh=23",
            ["simulator  modern         transaction started  evse=2 meter_wh=23"],
        ),
        ("simulator", "13:54:40Z status station=modern evse=2 connector=1 status=Occupied", []),
        ("simulator", "23 chargers", ["simulator  23 chargers"]),
    ],
)
def test_a_line_is_for_people_or_only_for_the_log(console: Console, role: str, line: str, expected: list[str]) -> None:
    console.event(ROLES[role], line)
    assert shown(console) == expected


def test_a_flood_of_lines_is_counted(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 7.0)
    for number in range(LINES_PER_SECOND + 5):
        console.event(ROLES["simulator"], f"charger {number}")
    monkeypatch.setattr(time, "monotonic", lambda: 8.0)
    console.event(ROLES["simulator"], "calm again")
    assert len(shown(console)) == LINES_PER_SECOND + 2
    assert shown(console)[-2:] == ["simulator  and 5 more, see its log", "simulator  calm again"]


def test_colours_are_only_for_a_terminal(console: Console) -> None:
    console.event(ROLES["gateway"], json.dumps({"event": "station refused", "level": "error"}))
    assert "\033" not in shown(console)[0]
    console.has_colours = True
    console.event(ROLES["gateway"], json.dumps({"event": "station refused", "level": "error"}))
    assert "\033[31mstation refused\033[0m" in shown(console)[1]
