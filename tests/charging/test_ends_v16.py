"""Stops of OCPP 1.6 stations that name their session (OCPP 1.6 §4.10, standards 40 to 45)."""

from datetime import UTC, datetime

import pytest

from charging.models import MeterReading, Session, SessionAnomaly
from charging.reports import OngoingSession
from charging.states import AnomalyKind, ReadingContext, SessionStatus
from drivers.models import AuthorizationPurpose, AuthorizationRecord
from drivers.states import AuthorizationStatus
from tests.charging.station import WAY, ReportingStation, after, power, register
from tests.conftest import Person


@pytest.fixture
def running(old_faithful: ReportingStation, alice: Person) -> OngoingSession:
    session = old_faithful.start(uid=alice.uid).session
    assert session is not None
    return session


def test_a_stop_ends_the_session_with_the_energy_of_the_registers(
    old_faithful: ReportingStation, alice: Person, running: OngoingSession
) -> None:
    outcome = old_faithful.end(running.transaction_id, 30, 8_500, alice.uid)
    session = Session.objects.get()
    assert (outcome.is_ended, outcome.energy_wh) == (True, 7_500)
    assert outcome.authorization is not None
    assert outcome.authorization.is_accepted
    assert (session.status, session.ended_at, session.stop_reason) == (SessionStatus.ENDED, after(30), "Local")
    assert (session.meter_stop_wh, session.energy_wh, session.register_wh) == (8_500, 7_500, 8_500)
    assert not SessionAnomaly.objects.exists()


def test_a_repeated_stop_gets_the_same_answer_and_changes_nothing(
    old_faithful: ReportingStation, alice: Person, running: OngoingSession
) -> None:
    first = old_faithful.end(running.transaction_id, 30, 8_500, alice.uid)
    before = Session.objects.values().get(), AuthorizationRecord.objects.count()
    again = old_faithful.end(running.transaction_id, 30, 8_500, alice.uid, received_at=after(90))
    assert again == first
    assert (Session.objects.values().get(), AuthorizationRecord.objects.count()) == before
    assert not SessionAnomaly.objects.exists()


@pytest.mark.parametrize(("minutes", "meter_wh"), [(31, 8_500), (30, 9_000)])
def test_of_two_different_stops_the_first_counts(
    old_faithful: ReportingStation, running: OngoingSession, minutes: float, meter_wh: int
) -> None:
    old_faithful.end(running.transaction_id, 30, 8_500)
    before = Session.objects.values().get()
    for _ in range(2):
        assert old_faithful.end(running.transaction_id, minutes, meter_wh).energy_wh == 7_500
    assert Session.objects.values().get() == before
    anomaly = SessionAnomaly.objects.get()
    assert (anomaly.kind, anomaly.evidence["meter_stop_wh"]) == (AnomalyKind.CONFLICTING_STOP, meter_wh)


def test_a_stop_without_a_token_is_answered_without_a_decision(
    old_faithful: ReportingStation, running: OngoingSession
) -> None:
    assert old_faithful.end(running.transaction_id, 30, 8_500).authorization is None


def test_the_start_token_is_billed_and_the_stop_token_kept(
    old_faithful: ReportingStation, alice: Person, bob: Person, running: OngoingSession
) -> None:
    outcome = old_faithful.end(running.transaction_id, 30, 8_500, bob.uid)
    session = Session.objects.get()
    assert (session.driver, session.token_key, session.stop_token_key) == (
        alice.driver,
        alice.uid.lower(),
        bob.uid.lower(),
    )
    assert outcome.authorization is not None
    assert outcome.authorization.group_id == "GROUP-AB"
    assert AuthorizationRecord.objects.filter(purpose=AuthorizationPurpose.STOP, token=bob.card).count() == 1


def test_a_stop_by_an_unknown_token_ends_the_session_all_the_same(
    old_faithful: ReportingStation, running: OngoingSession, charlie: Person
) -> None:
    outcome = old_faithful.end(running.transaction_id, 30, 8_500, charlie.uid)
    assert outcome.is_ended
    assert outcome.authorization is not None
    assert outcome.authorization.status == AuthorizationStatus.UNKNOWN


def test_a_stop_below_the_start_closes_with_what_the_readings_tell(
    old_faithful: ReportingStation, running: OngoingSession
) -> None:
    old_faithful.read(running.session_id, register(5, 1_600), register(10, 2_200))
    outcome = old_faithful.end(running.transaction_id, 30, 40)
    assert (outcome.is_ended, outcome.energy_wh) == (True, 1_200)
    anomaly = SessionAnomaly.objects.get()
    assert (anomaly.kind, anomaly.evidence["meter_stop_wh"]) == (AnomalyKind.REGISTER_DECREASE, 40)


def test_a_stop_below_the_start_without_readings_closes_with_nothing(
    old_faithful: ReportingStation, running: OngoingSession
) -> None:
    assert old_faithful.end(running.transaction_id, 30, 40).energy_wh == 0
    assert SessionAnomaly.objects.get().kind == AnomalyKind.REGISTER_DECREASE


@pytest.mark.parametrize(
    "reported_at",
    [
        pytest.param(datetime(1970, 1, 1, 0, 20, tzinfo=UTC), id="no clock"),
        pytest.param(after(40), id="ten minutes ahead"),
        pytest.param(after(-5), id="before the start"),
    ],
)
def test_a_stop_at_an_impossible_time_closes_at_its_arrival(
    old_faithful: ReportingStation, running: OngoingSession, reported_at: datetime
) -> None:
    old_faithful.end(running.transaction_id, 30, 8_500, at=reported_at)
    session, anomaly = Session.objects.get(), SessionAnomaly.objects.get()
    assert (session.ended_at, session.energy_wh) == (after(30) + WAY, 7_500)
    assert (anomaly.kind, anomaly.evidence["reported_at"]) == (AnomalyKind.CLOCK_SKEW, reported_at.isoformat())


def test_a_stop_days_later_counts_at_the_stations_time(old_faithful: ReportingStation, running: OngoingSession) -> None:
    old_faithful.end(running.transaction_id, 30, 8_500, received_at=after(60 * 24 * 4))
    assert Session.objects.get().ended_at == after(30)
    assert not SessionAnomaly.objects.exists()


def test_start_and_stop_without_a_clock_keep_their_energy(old_faithful: ReportingStation, alice: Person) -> None:
    """Both replayed within a second: 30 kWh are no jump, only the times are unknown."""
    epoch = datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)
    session = old_faithful.start(uid=alice.uid, meter_wh=0, at=epoch).session
    assert session is not None
    outcome = old_faithful.end(session.transaction_id, 0.01, 230_000, at=epoch.replace(hour=4))
    assert outcome.energy_wh == 230_000
    assert set(SessionAnomaly.objects.values_list("kind", flat=True)) == {AnomalyKind.CLOCK_SKEW}


def test_transaction_data_is_merged_with_the_readings_once(
    old_faithful: ReportingStation, running: OngoingSession
) -> None:
    old_faithful.read(running.session_id, register(10, 3_000), power(10, 7_000))
    data = [
        register(0, 1_000, context=ReadingContext.BEGIN),
        register(10, 3_000),
        register(30, 8_500, context=ReadingContext.END),
    ]
    for _ in range(2):
        old_faithful.end(running.transaction_id, 30, 8_500, samples=data)
    stored = MeterReading.objects.filter(session_id=running.session_id)
    assert sorted(stored.values_list("value", flat=True)) == [1_000, 3_000, 7_000, 8_500]
    assert not SessionAnomaly.objects.exists()


def test_transaction_data_tells_the_energy_where_the_registers_do_not(
    old_faithful: ReportingStation, alice: Person
) -> None:
    session = old_faithful.start(uid=alice.uid, meter_wh=None).session
    assert session is not None
    data = [
        register(0, 1_000, context=ReadingContext.BEGIN),
        register(30, 8_500, context=ReadingContext.END),
    ]
    assert old_faithful.end(session.transaction_id, 30, None, samples=data).energy_wh == 7_500


def test_without_any_register_staff_must_look(old_faithful: ReportingStation, alice: Person) -> None:
    session = old_faithful.start(uid=alice.uid, meter_wh=None).session
    assert session is not None
    old_faithful.end(session.transaction_id, 30, None)
    assert SessionAnomaly.objects.get().kind == AnomalyKind.MISSING_REGISTER


def test_the_id_of_another_stations_session_ends_nothing_there(
    old_faithful: ReportingStation, modern: ReportingStation, running: OngoingSession
) -> None:
    outcome = modern.end(running.transaction_id, 30, 8_500)
    assert outcome.session is None
    assert Session.objects.get().is_ongoing


def test_readings_after_the_stop_are_kept_and_add_no_energy(
    old_faithful: ReportingStation, running: OngoingSession
) -> None:
    old_faithful.end(running.transaction_id, 30, 8_500)
    old_faithful.read(running.session_id, register(36, 9_999))
    assert MeterReading.objects.filter(session_id=running.session_id, value=9_999).exists()
    assert Session.objects.get().energy_wh == 7_500
    assert not SessionAnomaly.objects.exists()


def test_the_end_corrects_what_was_shown_live(old_faithful: ReportingStation, running: OngoingSession) -> None:
    """The end is decided by start and stop, even below what a wrong reading had shown."""
    old_faithful.read(running.session_id, register(10, 12_000))
    assert Session.objects.get().energy_wh == 11_000
    assert old_faithful.end(running.transaction_id, 30, 8_500).energy_wh == 7_500
    assert SessionAnomaly.objects.get().kind == AnomalyKind.REGISTER_DECREASE
