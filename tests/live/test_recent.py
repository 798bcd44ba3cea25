"""What a page missed between the moment it was asked for and its subscription."""

import pytest
from django.http import HttpRequest, HttpResponse

from live import recent as live_recent
from live.asked import LONG_AGO, AskedAtMiddleware, asked_at
from live.recent import CLOCKS_DIFFER_S, HALF_S, Recent
from live.topics import sign, signed_in


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(1000.0)
    monkeypatch.setattr(live_recent, "time", clock)
    return clock


@pytest.fixture
def recent(clock: Clock) -> Recent:
    recent = Recent()
    recent.begin()
    recent.note(["station:1", "organization:1"], "booted", 1010.0)
    recent.note(["station:1"], "command", 1020.0)
    return recent


@pytest.mark.parametrize(
    ("asked", "topic", "missed"),
    [
        (1005.0, "station:1", ["booted", "command"]),
        (1015.0, "station:1", ["command"]),
        (1010.0 + CLOCKS_DIFFER_S, "station:1", ["booted", "command"]),
        (1025.0, "station:1", []),
        (1005.0, "organization:1", ["booted"]),
        (1005.0, "station:2", []),
        (1000.0, "station:1", None),
        (LONG_AGO, "station:2", None),
    ],
)
def test_a_page_missed_what_was_told_since_it_was_asked_for(
    recent: Recent, asked: float, topic: str, missed: list[str] | None
) -> None:
    assert recent.kinds_since(asked, topic) == missed


def test_nobody_knows_what_was_told_while_nothing_was_heard(recent: Recent, clock: Clock) -> None:
    recent.forget()
    clock.now = 1030.0
    assert recent.kinds_since(1030.0, "station:1") is None
    recent.begin()
    assert recent.kinds_since(1030.0, "station:1") is None
    assert recent.kinds_since(1035.0, "station:1") == []


def test_it_remembers_a_minute_and_forgets_after_two(recent: Recent) -> None:
    recent.note(["station:1"], "booted", 1000.0 + HALF_S + 1)
    assert recent.kinds_since(1005.0, "station:1") == ["booted", "command"]
    recent.note(["station:1"], "message", 1000.0 + 2 * HALF_S + 2)
    assert recent.kinds_since(1005.0, "station:1") is None
    assert recent.kinds_since(1000.0 + HALF_S + 2, "station:1") == ["booted", "message"]
    assert "command" not in recent._older["station:1"]


def test_the_token_says_when_its_page_was_asked_for() -> None:
    tokens = []

    def page(request: HttpRequest) -> HttpResponse:
        tokens.append((asked_at(), sign(1, ["station:1"])))
        return HttpResponse()

    AskedAtMiddleware(page)(HttpRequest())
    (moment, token) = tokens[0]
    assert signed_in(token, 1).asked_at == moment > LONG_AGO
    assert signed_in(sign(1, ["station:1"]), 1).asked_at == LONG_AGO
