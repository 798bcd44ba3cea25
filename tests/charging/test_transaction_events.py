"""Sessions of OCPP 2.x stations: named by them, told in any order (OCPP 2.0.1 E01 to E04, standards 67 to 77)."""

from itertools import permutations
from typing import Any

import pytest

from charging import services
from charging.models import MeterReading, Session, SessionAnomaly, SessionEvent
from charging.reports import Outcome
from charging.states import AnomalyKind, AnomalyStatus, Phase, ReadingContext, SessionStatus
from drivers.models import AuthorizationPurpose, AuthorizationRecord
from drivers.states import AuthorizationStatus
from tests.charging.station import ReportingStation, after, power, register
from tests.conftest import Person

GAP, LOST_START = AnomalyKind.SEQUENCE_GAP, AnomalyKind.MISSING_START
BEGIN, END = ReadingContext.BEGIN, ReadingContext.END
NAME = "d5a1-42"
RFID = "ISO14443"


class Story:
    """Started 0, Updated 10, Ended 30 minutes after nine: 7.5 kWh."""

    def __init__(self, station: ReportingStation, uid: str, first_number: int = 0, name: str = NAME) -> None:
        self.station, self.uid, self.first, self.name = station, uid, first_number, name

    def started(self, **fields: Any) -> Outcome:
        told = {
            "transaction_id": self.name,
            "uid": self.uid,
            "token_type": RFID,
            "meter_wh": None,
            "samples": [register(0, 1_000, context=BEGIN)],
            "place": self.station.place(self.first, "Started", 0, "Authorized"),
            "remote_start_id": 7,
        }
        return self.station.start(0, **{**told, **fields})

    def updated(self, **fields: Any) -> Outcome:
        told = {
            "samples": [register(10, 3_000), power(10, 11_000)],
            "status": SessionStatus.CHARGING,
            "place": self.station.place(self.first + 1, "Updated", 10),
            "evse_number": 1,
        }
        return self.station.update(self.name, 10, **{**told, **fields})

    def ended(self, **fields: Any) -> Outcome:
        told = {
            "uid": self.uid,
            "token_type": RFID,
            "samples": [register(30, 8_500, context=END)],
            "place": self.station.place(self.first + 2, "Ended", 30, "StopAuthorized"),
        }
        return self.station.end(self.name, 30, **{**told, **fields})


@pytest.fixture
def story(modern: ReportingStation, alice: Person) -> Story:
    return Story(modern, alice.uid)


def test_a_session_from_start_to_end(story: Story, alice: Person) -> None:
    started, updated, ended = story.started(), story.updated(), story.ended()
    assert started.session is not None
    assert started.session.transaction_id == NAME
    assert (updated.energy_wh, updated.authorization) == (2_000, None)
    assert (ended.is_ended, ended.energy_wh) == (True, 7_500)
    session = Session.objects.get()
    assert (session.driver, session.meter_start_wh, session.meter_stop_wh) == (alice.driver, 1_000, 8_500)
    assert (session.remote_start_id, session.start_key, session.status) == (7, "", SessionStatus.ENDED)
    assert not SessionAnomaly.objects.exists()


@pytest.mark.parametrize("order", list(permutations(["started", "updated", "ended"])))
def test_any_order_of_arrival_tells_the_same_story(story: Story, alice: Person, order: tuple[str, ...]) -> None:
    """OCPP 2.0.1 E04: a queue is delivered while new events are sent. Each is told twice."""
    for event in order:
        getattr(story, event)()
        getattr(story, event)()
    session = Session.objects.get()
    assert (session.started_at, session.ended_at, session.energy_wh) == (after(0), after(30), 7_500)
    assert (session.driver, session.evse_number) == (alice.driver, 1)
    assert (session.meter_start_wh, session.meter_stop_wh) == (1_000, 8_500)
    assert SessionEvent.objects.count() == 3
    assert MeterReading.objects.count() == 4
    assert not SessionAnomaly.objects.filter(status=AnomalyStatus.OPEN).exists()


@pytest.mark.parametrize("event", ["started", "updated", "ended"])
def test_a_repeated_event_changes_nothing(story: Story, event: str) -> None:
    for told in ("started", "updated", "ended"):
        getattr(story, told)()
    before = Session.objects.values().get()
    again = getattr(story, event)()
    later = Session.objects.values().get()
    assert (again.is_ended, again.energy_wh) == (True, 7_500)
    assert later == before
    assert not SessionAnomaly.objects.exists()


def test_names_are_the_stations_own(story: Story, old_faithful: ReportingStation, alice: Person) -> None:
    other = Story(old_faithful, alice.uid)
    first, second = story.started().session, other.started().session
    assert first is not None
    assert second is not None
    assert first.session_id != second.session_id


@pytest.mark.parametrize("first_number", [0, 1, 4_711])
def test_a_lost_update_is_a_gap_until_it_comes(modern: ReportingStation, alice: Person, first_number: int) -> None:
    story = Story(modern, alice.uid, first_number)
    story.started()
    story.ended()
    anomaly = SessionAnomaly.objects.get()
    assert (anomaly.kind, anomaly.evidence["missing"]) == (GAP, [first_number + 1])
    story.updated()
    anomaly.refresh_from_db()
    assert anomaly.status == AnomalyStatus.RESOLVED


def test_a_counter_that_goes_on_over_sessions_has_no_gaps(modern: ReportingStation, alice: Person, bob: Person) -> None:
    """Two cars at one station that counts all its events."""
    hers, his = Story(modern, alice.uid, 100), Story(modern, bob.uid, 200, "another")
    hers.started()
    his.started(evse_number=2, place=modern.place(101, "Started", 0))
    hers.updated(place=modern.place(102, "Updated", 10))
    his.updated(evse_number=2, place=modern.place(103, "Updated", 10))
    his.ended(place=modern.place(104, "Ended", 30))
    hers.ended(place=modern.place(105, "Ended", 30))
    assert not SessionAnomaly.objects.exists()


def test_counters_that_begin_anew_do_not_hide_a_gap(modern: ReportingStation, alice: Person) -> None:
    whole = Story(modern, alice.uid, 0, "whole")
    whole.started(), whole.updated(), whole.ended()
    holed = Story(modern, alice.uid, 0, "holed")
    holed.started(evse_number=2)
    holed.ended()
    assert SessionAnomaly.objects.get(kind=GAP).session is not None


def test_a_start_that_never_comes_stays_flagged(story: Story) -> None:
    story.updated()
    outcome = story.ended()
    session, anomaly = Session.objects.get(), SessionAnomaly.objects.get()
    assert (outcome.is_ended, outcome.energy_wh) == (True, 5_500)
    assert (anomaly.kind, anomaly.status, anomaly.session_id) == (LOST_START, AnomalyStatus.OPEN, session.pk)
    assert (session.token, session.stop_token_key) == (None, story.uid.lower())


def test_an_end_alone_brings_its_readings_since_the_start(story: Story) -> None:
    outcome = story.ended(samples=[register(0, 1_000, context=BEGIN), register(30, 8_500, context=END)])
    assert outcome.energy_wh == 7_500
    assert Session.objects.get().started_at == after(0)


def test_token_and_evse_may_come_later(modern: ReportingStation, alice: Person) -> None:
    """E03, TxStartPoint ParkingBayOccupancy or EVConnected."""
    modern.start(0, transaction_id=NAME, evse_number=None, connector_number=None, meter_wh=None)
    assert Session.objects.get().token is None
    outcome = modern.update(NAME, 1, alice.uid, token_type=RFID, evse_number=2, connector_number=1)
    assert outcome.authorization is not None
    assert outcome.authorization.is_accepted
    session = Session.objects.get()
    assert (session.driver, session.evse_number, session.connector_number) == (alice.driver, 2, 1)
    assert session.authorization_status == AuthorizationStatus.ACCEPTED
    assert AuthorizationRecord.objects.get().purpose == AuthorizationPurpose.START


def test_an_evse_that_comes_later_shows_the_session_it_follows(modern: ReportingStation, alice: Person) -> None:
    older = modern.start(0, alice.uid, transaction_id="older").session
    modern.start(20, alice.uid, transaction_id=NAME, evse_number=None)
    modern.update(NAME, 21, evse_number=1)
    assert older is not None
    assert SessionAnomaly.objects.get(kind=AnomalyKind.MISSING_STOP).session_id == older.session_id


def test_a_second_token_stops_but_does_not_own(story: Story, alice: Person, bob: Person) -> None:
    story.started()
    outcome = story.updated(uid=bob.uid, token_type=RFID, place=story.station.place(1, "Updated", 10, "StopAuthorized"))
    assert outcome.authorization is not None
    assert outcome.authorization.group_id == "GROUP-AB"
    assert Session.objects.get().driver == alice.driver
    assert AuthorizationRecord.objects.filter(purpose=AuthorizationPurpose.STOP).count() == 1


def test_no_authorization_is_accepted(modern: ReportingStation) -> None:
    """C02.FR.02."""
    outcome = modern.start(0, "", transaction_id=NAME, token_type="NoAuthorization")
    assert outcome.authorization is not None
    assert outcome.authorization.is_accepted
    modern.end(NAME, 10, 2_000, place=modern.place(1, "Ended", 10))
    assert not SessionAnomaly.objects.filter(kind=AnomalyKind.REFUSED_ENERGY).exists()


def test_energy_without_any_token_is_flagged(modern: ReportingStation) -> None:
    modern.start(0, transaction_id=NAME)
    modern.end(NAME, 10, 2_000, place=modern.place(1, "Ended", 10))
    assert SessionAnomaly.objects.filter(kind=AnomalyKind.REFUSED_ENERGY).count() == 1


def test_a_replayed_state_does_not_replace_a_newer_one(story: Story) -> None:
    story.started()
    story.station.update(
        NAME, 20, status=SessionStatus.SUSPENDED_EV, place=story.station.place(2, "Updated", 20, "ChargingStateChanged")
    )
    story.updated(is_offline=True, received_at=after(21))
    session = Session.objects.get()
    assert (session.status, session.was_offline) == (SessionStatus.SUSPENDED_EV, True)
    assert session.energy_wh == 2_000


def test_an_update_after_the_end_does_not_reopen_it(story: Story) -> None:
    story.started()
    story.ended()
    outcome = story.updated()
    assert outcome.is_ended
    assert Session.objects.get().status == SessionStatus.ENDED


def test_registers_that_come_after_the_end_tell_the_energy(story: Story) -> None:
    story.started(samples=[])
    assert story.ended(samples=[]).energy_wh == 0
    missing = SessionAnomaly.objects.get(kind=AnomalyKind.MISSING_REGISTER)
    story.updated(samples=[register(1, 1_100), register(29, 8_400)])
    assert Session.objects.get().energy_wh == 7_300
    missing.refresh_from_db()
    assert missing.status == AnomalyStatus.RESOLVED


def test_readings_that_come_after_the_end_by_the_hot_path_do_too(story: Story) -> None:
    """The gateway had the session in its memory when another message ended it."""
    started = story.started(samples=[]).session
    story.ended(samples=[])
    assert started is not None
    story.station.read(started.session_id, register(1, 1_100), register(29, 8_400))
    assert Session.objects.get().energy_wh == 7_300


def test_readings_before_the_evse_is_known_count(modern: ReportingStation, alice: Person) -> None:
    modern.start(
        0, alice.uid, transaction_id=NAME, evse_number=None, meter_wh=None, samples=[register(0, 1_000, context=BEGIN)]
    )
    modern.update(NAME, 10, evse_number=1, samples=[register(10, 3_000)])
    assert modern.end(NAME, 30, place=modern.place(9, "Ended", 30)).energy_wh == 2_000


def test_phases_and_intervals_tell_the_energy_where_there_is_no_total(modern: ReportingStation, alice: Person) -> None:
    modern.start(0, alice.uid, transaction_id=NAME, meter_wh=None)
    for minutes in (1, 2, 3):
        modern.update(
            NAME, minutes, samples=[register(minutes, 100 * minutes, phase) for phase in (Phase.L1, Phase.L2, Phase.L3)]
        )
    assert Session.objects.get().energy_wh == 600
    assert modern.end(NAME, 30, place=modern.place(9, "Ended", 30)).energy_wh == 600


def test_ongoing_sessions_name_the_stations_transaction(story: Story) -> None:
    story.started()
    assert [session.transaction_id for session in services.ongoing_sessions([story.station.pk])[0]] == [NAME]


def test_registers_that_come_after_an_end_without_a_marked_one_tell_more(story: Story) -> None:
    """The station thinned what it sent with the end; the newest reading waits in its queue."""
    story.started()
    assert story.ended(samples=[register(20, 5_000)]).energy_wh == 4_000
    story.updated(samples=[register(29, 8_000)])
    assert Session.objects.get().energy_wh == 7_000
    assert not SessionAnomaly.objects.filter(status=AnomalyStatus.OPEN).exists()


def test_a_card_that_is_accepted_owns_the_session_of_one_that_was_not(
    story: Story, alice: Person, charlie: Person
) -> None:
    """E03: the first card is refused, the driver presents another."""
    story.started(uid=charlie.uid)
    assert Session.objects.get().authorization_status == AuthorizationStatus.UNKNOWN
    outcome = story.updated(uid=alice.uid, token_type=RFID)
    assert outcome.authorization is not None
    assert outcome.authorization.is_accepted
    assert Session.objects.get().driver == alice.driver
    story.ended()
    assert not SessionAnomaly.objects.exists()


def test_a_refused_card_does_not_take_a_session_away(story: Story, alice: Person, charlie: Person) -> None:
    story.started()
    story.updated(uid=charlie.uid, token_type=RFID)
    assert Session.objects.get().driver == alice.driver


@pytest.mark.parametrize("number", [-1, 10**12])
def test_absurd_sequence_numbers_are_survived(story: Story, number: int) -> None:
    story.started()
    story.updated(place=story.station.place(number, "Updated", 10))
    assert story.ended(place=story.station.place(1, "Ended", 30)).is_ended
    gaps = SessionAnomaly.objects.filter(kind=GAP)
    assert [len(gap.evidence["missing"]) for gap in gaps] == ([] if number < 0 else [20])


def test_what_resolved_itself_opens_again_when_it_turns_out_wrong(story: Story) -> None:
    story.started(samples=[])
    story.ended(samples=[])
    SessionAnomaly.objects.filter(kind=AnomalyKind.MISSING_REGISTER).update(status=AnomalyStatus.RESOLVED)
    story.updated(samples=[power(10, 7_000)])
    anomaly = SessionAnomaly.objects.get(kind=AnomalyKind.MISSING_REGISTER)
    assert (anomaly.status, anomaly.closed_at) == (AnomalyStatus.OPEN, None)
