"""What others hear of sessions: after the commit, and only then."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from charging import services
from charging.signals import session_ended, session_started
from live.publish import CHANNEL
from live.redis import channel, client
from stations.reports import ConnectorChange
from stations.states import ConnectorStatus
from tests.charging.station import ReportingStation, after, power, register
from tests.conftest import Person


class Listener:
    """Follows both signals."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []

    def started(self, session_id: int, **_: Any) -> None:
        self.heard.append(("started", session_id))

    def ended(self, session_id: int, **_: Any) -> None:
        self.heard.append(("ended", session_id))


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    session_started.connect(listener.started)
    session_ended.connect(listener.ended)
    yield listener
    session_started.disconnect(listener.started)
    session_ended.disconnect(listener.ended)


class Browser:
    """Hears what is announced on some topics from now on."""

    def __init__(self, *topics: str) -> None:
        self.topics = set(topics)
        self.heard: deque[dict[str, Any]] = deque()
        self.messages = client().pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self.messages.subscribe(channel(CHANNEL))
        self.messages.get_message(timeout=5)

    def next(self) -> dict[str, Any]:
        while not self.heard:
            batch = self.messages.get_message(timeout=5)
            assert batch is not None
            for message in orjson.loads(batch["data"]):
                topics = [topic for topic in message.pop("topics") if topic in self.topics]
                self.heard.extend({"topic": topic, **message} for topic in topics)
        return self.heard.popleft()


def test_starts_and_ends_are_announced_once(
    old_faithful: ReportingStation,
    alice: Person,
    listener: Listener,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        old_faithful.start(uid=alice.uid)
        session = old_faithful.start(uid=alice.uid).session
        assert session is not None
        assert listener.heard == []
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            old_faithful.end(session.transaction_id, 30, 8_500)
    assert listener.heard == [("started", session.session_id), ("ended", session.session_id)]


def test_a_receiver_that_fails_keeps_no_station_waiting(
    old_faithful: ReportingStation,
    alice: Person,
    listener: Listener,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(**_: Any) -> None:
        raise ValueError("receiver is broken")

    session_started.connect(broken)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            old_faithful.start(uid=alice.uid)
    finally:
        session_started.disconnect(broken)
    assert len(listener.heard) == 1
    assert "receiver is broken" in caplog.text


def test_pages_hear_of_their_session_their_station_and_their_organization(
    old_faithful: ReportingStation,
    alice: Person,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    organization = Browser(f"organization:{old_faithful.row.organization_id}")
    with django_capture_on_commit_callbacks(execute=True):
        session = old_faithful.start(uid=alice.uid).session
    assert session is not None
    started = organization.next()
    assert (started["kind"], started["session"], started["status"]) == ("session", session.session_id, "preparing")

    page = Browser(f"session:{session.session_id}")
    with django_capture_on_commit_callbacks(execute=True):
        old_faithful.read(session.session_id, register(1, 1_100), power(1, 6_000))
    readings = page.next()
    assert (readings["kind"], readings["energy_wh"], readings["power_w"]) == ("readings", 100, 6_000)

    change = ConnectorChange(old_faithful.pk, 1, 1, 1, ConnectorStatus.CHARGING, after(2))
    with django_capture_on_commit_callbacks(execute=True):
        services.follow_connectors([change])
    assert page.next()["status"] == "charging"

    station = Browser(f"station:{old_faithful.pk}")
    with django_capture_on_commit_callbacks(execute=True):
        old_faithful.end(session.transaction_id, 30, 8_500)
    ended = station.next()
    assert (ended["status"], ended["energy_wh"]) == ("ended", 7_500)


def test_no_announcement_holds_a_token(
    old_faithful: ReportingStation,
    alice: Person,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    organization = Browser(f"organization:{old_faithful.row.organization_id}")
    with django_capture_on_commit_callbacks(execute=True):
        old_faithful.end(None, 30, 8_500, alice.uid)
        old_faithful.start(31, alice.uid)
    heard = [organization.next(), organization.next()]
    assert [message["kind"] for message in heard] == ["anomaly", "session"]
    assert alice.uid.lower() not in str(heard).lower()
