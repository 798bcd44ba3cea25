"""Starts of OCPP 1.6 stations (OCPP 1.6 §4.8, standards 37 to 42)."""

from datetime import UTC, datetime, timedelta

import pytest

from charging.models import Session, SessionAnomaly
from charging.states import AnomalyKind, AnomalyStatus, SessionStatus
from drivers.models import AuthorizationRecord, IdToken
from drivers.states import AuthorizationStatus
from stations.models import Connector, Evse, Site
from stations.states import ConnectorStatus
from tests import cast
from tests.charging.station import ReportingStation, after
from tests.conftest import Person


def test_a_start_opens_a_session_and_we_name_it(old_faithful: ReportingStation, alice: Person) -> None:
    outcome = old_faithful.start(uid=alice.uid)
    session = Session.objects.get()
    assert outcome.session is not None
    assert outcome.session.transaction_id == str(session.pk)
    assert outcome.authorization is not None
    assert outcome.authorization.is_accepted
    assert (session.driver, session.token) == (alice.driver, alice.card)
    assert (session.started_at, session.meter_start_wh) == (after(0), 1000)
    assert (session.status, session.energy_wh) == (SessionStatus.PREPARING, 0)


def test_ids_are_unique_over_all_stations(harbour: Site, old_faithful: ReportingStation, alice: Person) -> None:
    other = ReportingStation(cast.create_station(harbour, "second_faithful"))
    ids = {str(station.start(uid=alice.uid).session) for station in (old_faithful, other)}
    assert len(ids) == 2
    assert all(int(session.transaction_id) > 0 for session in Session.objects.all())


def test_a_repeated_start_gets_the_same_answer_and_changes_nothing(
    old_faithful: ReportingStation, alice: Person
) -> None:
    first = old_faithful.start(uid=alice.uid)
    before = Session.objects.values().get()
    assert old_faithful.start(uid=alice.uid.lower()) == first
    assert Session.objects.values().get() == before
    assert AuthorizationRecord.objects.count() == 1
    assert not SessionAnomaly.objects.exists()


def test_a_start_repeated_after_its_stop_finds_its_session(old_faithful: ReportingStation, alice: Person) -> None:
    first = old_faithful.start(uid=alice.uid).session
    assert first is not None
    old_faithful.end(first.transaction_id, 10, 2000, alice.uid)
    again = old_faithful.start(uid=alice.uid)
    assert again.session is not None
    assert (again.session.session_id, again.is_ended, again.energy_wh) == (first.session_id, True, 1000)


@pytest.mark.parametrize(
    "different", [{"evse_number": 2}, {"minutes": 1}, {"meter_wh": 1001}, {"uid": "04FFFFFFFFFFFF"}]
)
def test_any_difference_makes_another_session(
    old_faithful: ReportingStation, alice: Person, different: dict[str, object]
) -> None:
    """A second car on connector 2 must never get connector 1's transaction."""
    first = old_faithful.start(uid=alice.uid).session
    second = old_faithful.start(**{"uid": alice.uid, **different}).session  # type: ignore[arg-type]
    assert first is not None
    assert second is not None
    assert first.session_id != second.session_id


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"is_blocked": True}, AuthorizationStatus.BLOCKED),
        ({"expires_at": after(-1)}, AuthorizationStatus.EXPIRED),
        ({"key": "another"}, AuthorizationStatus.UNKNOWN),
    ],
)
def test_a_refused_token_gets_a_session_because_energy_may_flow(
    old_faithful: ReportingStation, alice: Person, change: dict[str, object], status: AuthorizationStatus
) -> None:
    IdToken.objects.update(**change)
    outcome = old_faithful.start(uid=alice.uid)
    assert outcome.authorization is not None
    assert outcome.authorization.status == status
    assert outcome.session is not None
    assert Session.objects.get().authorization_status == status
    assert Session.objects.get().token_key == alice.uid.lower()


def test_energy_of_a_refused_token_is_flagged(old_faithful: ReportingStation, alice: Person) -> None:
    IdToken.objects.update(is_blocked=True)
    session = old_faithful.start(uid=alice.uid).session
    assert session is not None
    old_faithful.end(session.transaction_id, 10, 2000)
    anomaly = SessionAnomaly.objects.get()
    assert (anomaly.kind, anomaly.session_id) == (AnomalyKind.REFUSED_ENERGY, session.session_id)
    assert Session.objects.get().energy_wh == 1000


def test_no_energy_for_a_refused_token_is_no_anomaly(old_faithful: ReportingStation, charlie: Person) -> None:
    session = old_faithful.start(uid=charlie.uid).session
    assert session is not None
    old_faithful.end(session.transaction_id, 1, 1000)
    assert not SessionAnomaly.objects.exists()


def test_a_session_shows_what_its_connector_shows_already(old_faithful: ReportingStation, alice: Person) -> None:
    evse = Evse.objects.create(station=old_faithful.row, number=1)
    Connector.objects.create(evse=evse, number=1, status=ConnectorStatus.CHARGING)
    outcome = old_faithful.start(uid=alice.uid)
    assert outcome.session is not None
    assert outcome.session.status == SessionStatus.CHARGING


def test_a_start_on_an_occupied_evse_keeps_both_and_flags_the_older(
    old_faithful: ReportingStation, alice: Person, bob: Person
) -> None:
    older = old_faithful.start(0, alice.uid).session
    newer = old_faithful.start(30, bob.uid, 2500).session
    assert older is not None
    assert newer is not None
    anomaly = SessionAnomaly.objects.get()
    assert (anomaly.kind, anomaly.session_id, anomaly.evse_number) == (AnomalyKind.MISSING_STOP, older.session_id, 1)
    assert Session.objects.ongoing().count() == 2

    old_faithful.end(older.transaction_id, 29, 2500, alice.uid)
    anomaly.refresh_from_db()
    assert anomaly.status == AnomalyStatus.RESOLVED
    assert not SessionAnomaly.objects.filter(kind=AnomalyKind.OVERLAP).exists()


def test_a_late_stop_after_the_next_start_is_an_overlap(old_faithful: ReportingStation, alice: Person) -> None:
    older = old_faithful.start(0, alice.uid).session
    old_faithful.start(30, alice.uid, 2500)
    assert older is not None
    old_faithful.end(older.transaction_id, 45, 2500)
    assert SessionAnomaly.objects.get(kind=AnomalyKind.OVERLAP).session_id == older.session_id


def test_an_old_start_replayed_does_not_accuse_the_session_that_runs(
    old_faithful: ReportingStation, alice: Person
) -> None:
    old_faithful.start(60, alice.uid)
    old_faithful.start(0, alice.uid, received_at=after(61))
    assert not SessionAnomaly.objects.exists()


@pytest.mark.parametrize(
    "reported_at",
    [
        pytest.param(datetime(1970, 1, 1, 0, 0, 12, tzinfo=UTC), id="no clock"),
        pytest.param(datetime(2000, 1, 1, tzinfo=UTC), id="battery empty"),
        pytest.param(after(6), id="six minutes ahead"),
        pytest.param(after(-60 * 24 * 400), id="more than a year old"),
    ],
)
def test_a_time_that_cannot_be_true_is_replaced_by_ours(
    old_faithful: ReportingStation, alice: Person, reported_at: datetime
) -> None:
    outcome = old_faithful.start(uid=alice.uid, at=reported_at, received_at=after(0))
    assert old_faithful.start(uid=alice.uid, at=reported_at, received_at=after(2)) == outcome
    session, anomaly = Session.objects.get(), SessionAnomaly.objects.get()
    assert session.started_at == after(0)
    assert (anomaly.kind, anomaly.session_id) == (AnomalyKind.CLOCK_SKEW, session.pk)
    assert anomaly.evidence["reported_at"] == reported_at.isoformat()


@pytest.mark.parametrize("late", [timedelta(days=9), timedelta(minutes=-4)])
def test_a_replay_days_later_and_a_clock_a_little_ahead_are_normal(
    old_faithful: ReportingStation, alice: Person, late: timedelta
) -> None:
    old_faithful.start(uid=alice.uid, received_at=after(0) + late)
    assert Session.objects.get().started_at == after(0)
    assert not SessionAnomaly.objects.exists()


@pytest.mark.parametrize(
    "absurd", [{"evse_number": 0}, {"evse_number": 100_000}, {"meter_wh": 2**70}, {"reservation_id": 2**64}]
)
def test_absurd_numbers_do_not_keep_a_start_from_its_answer(
    old_faithful: ReportingStation, alice: Person, absurd: dict[str, int]
) -> None:
    assert old_faithful.start(**{"uid": alice.uid, **absurd}).session is not None  # type: ignore[arg-type]
    assert all(getattr(Session.objects.get(), name, None) is None for name in absurd)


def test_a_meter_value_of_2_to_the_70_is_none(old_faithful: ReportingStation, alice: Person) -> None:
    old_faithful.start(uid=alice.uid, meter_wh=2**70)
    assert Session.objects.get().meter_start_wh is None
