"""Stops that name no session of ours (OCPP 1.6 errata, quirks 70 to 73, 77, 98): never a guess."""

from datetime import UTC, datetime

import pytest

from charging import services
from charging.models import MeterReading, Session, SessionAnomaly
from charging.states import AnomalyKind, AnomalyStatus, ReadingContext
from drivers.models import AuthorizationRecord
from tests.charging.station import ReportingStation, after, register
from tests.conftest import Person

ORPHAN = AnomalyKind.ORPHAN_STOP
# None is what the gateway makes of 0, -1 and other negative ids.
NO_IDS = pytest.mark.parametrize("named", [None, "9223372036854775807", "424242"])


@NO_IDS
def test_the_only_session_of_the_token_is_ended(
    old_faithful: ReportingStation, alice: Person, bob: Person, named: str | None
) -> None:
    """Bob, who is in her group, charges at another EVSE of a station that counts from another meter."""
    session = old_faithful.start(uid=alice.uid).session
    old_faithful.start(uid=bob.uid, evse_number=2, meter_wh=700_000)
    assert session is not None
    outcome = old_faithful.end(named, 30, 8_500, alice.uid)
    assert outcome.session is not None
    assert (outcome.session.session_id, outcome.energy_wh) == (session.session_id, 7_500)
    assert not SessionAnomaly.objects.exists()


@NO_IDS
def test_a_repeat_of_such_a_stop_gets_the_same_answer(
    old_faithful: ReportingStation, alice: Person, named: str | None
) -> None:
    old_faithful.start(uid=alice.uid)
    first = old_faithful.end(named, 30, 8_500, alice.uid)
    old_faithful.start(31, alice.uid, 8_500)
    before = list(Session.objects.order_by("pk").values())
    assert old_faithful.end(named, 30, 8_500, alice.uid, received_at=after(60)) == first
    assert list(Session.objects.order_by("pk").values()) == before
    assert not SessionAnomaly.objects.exists()


def test_a_member_of_the_group_may_stop_it(old_faithful: ReportingStation, alice: Person, bob: Person) -> None:
    old_faithful.start(uid=alice.uid)
    old_faithful.end(None, 30, 8_500, bob.uid)
    session = Session.objects.ended().get()
    assert (session.driver, session.stop_token_key) == (alice.driver, bob.uid.lower())


@pytest.mark.parametrize(
    "stop",
    [
        pytest.param({"uid": "04FFFFFFFFFFFF"}, id="another token"),
        pytest.param({"uid": None}, id="no token"),
        pytest.param({"uid": ""}, id="empty token"),
        pytest.param({"minutes": -1}, id="before the start"),
        pytest.param({"meter_wh": 999}, id="lower meter"),
        pytest.param({"evse_number": 2}, id="another EVSE"),
    ],
)
def test_what_does_not_fit_ends_nothing(old_faithful: ReportingStation, alice: Person, stop: dict[str, object]) -> None:
    old_faithful.start(uid=alice.uid)
    report = {"minutes": 30, "meter_wh": 8_500, "uid": alice.uid, **stop}
    for _ in range(2):
        assert old_faithful.end(None, **report).session is None  # type: ignore[arg-type]
    assert Session.objects.get().is_ongoing
    assert SessionAnomaly.objects.get().kind == ORPHAN


def test_of_two_candidates_neither_is_ended_even_later(old_faithful: ReportingStation, alice: Person) -> None:
    first = old_faithful.start(uid=alice.uid).session
    old_faithful.start(uid=alice.uid, evse_number=2)
    assert first is not None
    assert old_faithful.end(None, 30, 8_500, alice.uid).session is None
    old_faithful.end(first.transaction_id, 31, 8_600)
    assert old_faithful.end(None, 30, 8_500, alice.uid).session is None
    assert Session.objects.ongoing().count() == 1
    assert SessionAnomaly.objects.filter(kind=ORPHAN).count() == 1


def test_a_session_of_the_neighbour_is_no_candidate(
    old_faithful: ReportingStation, modern: ReportingStation, alice: Person
) -> None:
    modern.start(uid=alice.uid)
    assert old_faithful.end(None, 30, 8_500, alice.uid).session is None


def test_evidence_is_complete_and_shows_no_token(old_faithful: ReportingStation, alice: Person) -> None:
    outcome = old_faithful.end(None, 30, 8_500, alice.uid, samples=[register(0, 1_000), register(30, 8_500)])
    assert outcome.authorization is not None
    assert outcome.authorization.is_accepted
    anomaly = SessionAnomaly.objects.get()
    assert alice.uid.lower() not in str(anomaly.evidence).lower()
    assert anomaly.evidence["token"] == "••••E5F6"
    assert anomaly.evidence["token_id"] == alice.card.pk
    assert (anomaly.evidence["meter_start_wh"], anomaly.evidence["meter_stop_wh"]) == (1_000, 8_500)
    assert anomaly.evidence["ended_at"] == after(30).isoformat()
    assert anomaly.proposal


def test_a_repeated_orphan_is_one_anomaly_and_one_decision(old_faithful: ReportingStation, alice: Person) -> None:
    answers = [old_faithful.end(None, 30, 8_500, alice.uid) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert (SessionAnomaly.objects.count(), AuthorizationRecord.objects.count()) == (1, 1)


def test_a_start_that_comes_after_its_stop_ends_at_once(old_faithful: ReportingStation, alice: Person) -> None:
    old_faithful.end(None, 30, 8_500, alice.uid)
    outcome = old_faithful.start(0, alice.uid, received_at=after(31))
    assert (outcome.is_ended, outcome.energy_wh) == (True, 7_500)
    session, anomaly = Session.objects.get(), SessionAnomaly.objects.get()
    assert (session.ended_at, session.stop_token_key) == (after(30), alice.uid.lower())
    assert (anomaly.status, anomaly.session_id) == (AnomalyStatus.RESOLVED, session.pk)
    assert old_faithful.start(0, alice.uid, received_at=after(35)) == outcome


def test_a_later_start_does_not_take_an_older_stop(old_faithful: ReportingStation, alice: Person) -> None:
    old_faithful.end(None, 30, 8_500, alice.uid)
    assert not old_faithful.start(31, alice.uid).is_ended
    assert SessionAnomaly.objects.get().status == AnomalyStatus.OPEN


def test_a_stop_without_a_clock_is_kept_once(old_faithful: ReportingStation, alice: Person) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for minutes in (30, 31):
        old_faithful.end(None, minutes, 8_500, alice.uid, at=epoch)
    assert SessionAnomaly.objects.get().kind == ORPHAN


@pytest.mark.parametrize("evse_number", [1, None])
def test_readings_of_an_unknown_transaction_are_kept_and_flagged_once(
    old_faithful: ReportingStation, alice: Person, evse_number: int | None
) -> None:
    old_faithful.start(uid=alice.uid)
    for minutes in (1, 2):
        placed = services.place_readings(
            station_id=old_faithful.pk,
            evse_number=evse_number or 0,
            transaction_id="9223372036854775807",
            samples=old_faithful.batch(None, register(minutes, 1_000 + minutes)).samples,
            received_at=after(minutes),
        )
        assert placed is None
    assert set(MeterReading.objects.values_list("session", flat=True)) == {None}
    assert MeterReading.objects.count() == 2
    assert SessionAnomaly.objects.get().kind == AnomalyKind.UNKNOWN_TRANSACTION
    assert Session.objects.get().energy_wh == 0


def test_marked_begin_tells_the_start(old_faithful: ReportingStation, alice: Person) -> None:
    data = [register(0, 1_000, context=ReadingContext.BEGIN), register(10, 1_500)]
    old_faithful.end(None, 30, 8_500, alice.uid, samples=data)
    evidence = SessionAnomaly.objects.get().evidence
    assert (evidence["begin_at"], evidence["meter_start_wh"]) == (after(0).isoformat(), 1_000)
