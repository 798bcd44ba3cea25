"""Sessions that never end (quirks 79, 80, 97): flagged once, and for staff to decide."""

from datetime import UTC, datetime

import pytest

from charging import services, tasks
from charging.models import Session, SessionAnomaly
from charging.reports import OngoingSession
from charging.services import silence
from charging.states import AnomalyKind, AnomalyStatus
from stations.models import Connector, Evse, StatusInterval
from stations.states import ConnectorStatus
from tests.charging.station import ReportingStation, after, register
from tests.conftest import Person


@pytest.fixture
def running(old_faithful: ReportingStation, alice: Person) -> OngoingSession:
    session = old_faithful.start(uid=alice.uid).session
    assert session is not None
    return session


def shows(station: ReportingStation, status: ConnectorStatus, since: datetime, number: int = 1) -> None:
    evse, _ = Evse.objects.get_or_create(station=station.row, number=1)
    connector = Connector.objects.create(evse=evse, number=number, status=status)
    StatusInterval.objects.create(connector=connector, status=status, started_at=since)


def flagged_at(minutes: float) -> int:
    return services.flag_silent_sessions(after(minutes))


def test_available_for_ten_minutes_is_flagged_once(old_faithful: ReportingStation, running: OngoingSession) -> None:
    shows(old_faithful, ConnectorStatus.AVAILABLE, after(20))
    assert [flagged_at(29), flagged_at(31), flagged_at(60)] == [0, 1, 0]
    anomaly = SessionAnomaly.objects.get()
    assert (anomaly.kind, anomaly.session_id) == (AnomalyKind.MISSING_STOP, running.session_id)
    assert Session.objects.get().is_ongoing


@pytest.mark.parametrize("status", [ConnectorStatus.CHARGING, ConnectorStatus.FINISHING, ConnectorStatus.FAULTED])
def test_other_states_say_nothing(
    old_faithful: ReportingStation, running: OngoingSession, status: ConnectorStatus
) -> None:
    shows(old_faithful, status, after(0))
    assert flagged_at(60) == 0


def test_another_connector_of_the_evse_says_nothing(old_faithful: ReportingStation, running: OngoingSession) -> None:
    shows(old_faithful, ConnectorStatus.AVAILABLE, after(0), number=2)
    assert flagged_at(60) == 0


def test_a_connector_that_was_available_long_before_gives_a_new_session_time(
    old_faithful: ReportingStation, running: OngoingSession
) -> None:
    shows(old_faithful, ConnectorStatus.AVAILABLE, after(-600))
    assert [flagged_at(5), flagged_at(15)] == [0, 1]


def test_a_day_of_silence_is_flagged(old_faithful: ReportingStation, running: OngoingSession) -> None:
    old_faithful.read(running.session_id, register(60, 2_000))
    assert [flagged_at(24 * 60 + 30), flagged_at(25 * 60 + 30)] == [0, 1]


def test_a_stop_that_comes_after_all_closes_the_flag(old_faithful: ReportingStation, running: OngoingSession) -> None:
    flagged_at(25 * 60)
    old_faithful.end(running.transaction_id, 26 * 60, 9_000)
    assert SessionAnomaly.objects.get().status == AnomalyStatus.RESOLVED


def test_the_periodic_job_flags(running: OngoingSession) -> None:
    Session.objects.update(updated_at=datetime(2020, 1, 1, tzinfo=UTC))
    tasks.flag_silent_sessions()
    assert SessionAnomaly.objects.count() == 1


def test_a_session_that_ends_while_it_is_looked_at_is_not_flagged(
    old_faithful: ReportingStation, running: OngoingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    selected = silence._silent(after(25 * 60))
    assert [session.pk for session in selected] == [running.session_id]
    old_faithful.end(running.transaction_id, 25 * 60, 9_000)
    monkeypatch.setattr(silence, "_silent", lambda now: selected)
    assert flagged_at(25 * 60) == 0
    assert not SessionAnomaly.objects.filter(kind=AnomalyKind.MISSING_STOP).exists()
