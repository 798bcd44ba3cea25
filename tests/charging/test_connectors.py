"""OCPP 1.6: what a connector shows is the state of its session (standards 47)."""

import pytest

from charging import services
from charging.models import Session
from charging.reports import OngoingSession
from charging.states import SessionStatus
from stations.reports import ConnectorChange
from stations.states import ConnectorStatus
from tests.charging.station import ReportingStation, after
from tests.conftest import Person


@pytest.fixture
def running(old_faithful: ReportingStation, alice: Person) -> OngoingSession:
    session = old_faithful.start(uid=alice.uid).session
    assert session is not None
    return session


def change(station: ReportingStation, status: ConnectorStatus, evse_number: int = 1) -> ConnectorChange:
    return ConnectorChange(station.pk, 1, evse_number, 1, status, after(5))


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (ConnectorStatus.CHARGING, SessionStatus.CHARGING),
        (ConnectorStatus.SUSPENDED_EV, SessionStatus.SUSPENDED_EV),
        (ConnectorStatus.SUSPENDED_EVSE, SessionStatus.SUSPENDED_EVSE),
        (ConnectorStatus.FINISHING, SessionStatus.IDLE),
        (ConnectorStatus.AVAILABLE, SessionStatus.PREPARING),
        (ConnectorStatus.FAULTED, SessionStatus.PREPARING),
        (ConnectorStatus.UNAVAILABLE, SessionStatus.PREPARING),
    ],
)
def test_the_session_follows_but_never_ends_by_a_status(
    old_faithful: ReportingStation, running: OngoingSession, shown: ConnectorStatus, status: SessionStatus
) -> None:
    services.follow_connectors([change(old_faithful, shown)])
    session = Session.objects.get()
    assert (session.status, session.is_ongoing) == (status, True)


def test_the_last_change_of_a_batch_counts(old_faithful: ReportingStation, running: OngoingSession) -> None:
    services.follow_connectors(
        [change(old_faithful, ConnectorStatus.CHARGING), change(old_faithful, ConnectorStatus.SUSPENDED_EV)]
    )
    assert Session.objects.get().status == SessionStatus.SUSPENDED_EV


def test_only_the_session_at_this_evse_follows(
    old_faithful: ReportingStation, alice: Person, running: OngoingSession
) -> None:
    services.follow_connectors([change(old_faithful, ConnectorStatus.CHARGING, evse_number=2)])
    assert Session.objects.get().status == SessionStatus.PREPARING


def test_of_two_sessions_at_an_evse_the_newer_follows(
    old_faithful: ReportingStation, alice: Person, running: OngoingSession
) -> None:
    newer = old_faithful.start(30, alice.uid).session
    services.follow_connectors([change(old_faithful, ConnectorStatus.CHARGING)])
    assert newer is not None
    assert Session.objects.get(status=SessionStatus.CHARGING).pk == newer.session_id


def test_an_ended_session_stays_ended(old_faithful: ReportingStation, running: OngoingSession) -> None:
    old_faithful.end(running.transaction_id, 10, 2_000)
    services.follow_connectors([change(old_faithful, ConnectorStatus.CHARGING)])
    assert Session.objects.get().status == SessionStatus.ENDED


def test_sessions_of_2x_tell_their_own_state(modern: ReportingStation, alice: Person) -> None:
    modern.start(uid=alice.uid, transaction_id="own", status=SessionStatus.CHARGING)
    services.follow_connectors([change(modern, ConnectorStatus.PREPARING)])
    assert Session.objects.get().status == SessionStatus.CHARGING


def test_no_changes_are_no_query(old_faithful: ReportingStation, django_assert_num_queries: object) -> None:
    assert callable(django_assert_num_queries)
    with django_assert_num_queries(0):
        services.follow_connectors([])
        services.follow_connectors([change(old_faithful, ConnectorStatus.AVAILABLE)])
