"""Storing readings: in bulk, once, and with the right session (OCPP 1.6 §4.7, standards 57 to 66)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from charging import services
from charging.models import MeterReading, Session, SessionEvent, SignedReading
from charging.reports import EventPlace, OngoingSession, ReadingBatch, Sample, Samples, SignedSample
from charging.states import Location, Measurand, Phase, ReadingContext
from stations.models import Site
from tests import cast
from tests.charging.station import ReportingStation, after, power, register
from tests.conftest import Person


@pytest.fixture
def running(old_faithful: ReportingStation, alice: Person) -> OngoingSession:
    session = old_faithful.start(uid=alice.uid).session
    assert session is not None
    return session


def test_every_column_of_a_reading_is_kept(old_faithful: ReportingStation, running: OngoingSession) -> None:
    sample = Sample(
        after(1), Measurand.VOLTAGE, 230.125, phase=Phase.L2_N, location=Location.EV, context=ReadingContext.TRIGGER
    )
    old_faithful.read(running.session_id, sample)
    stored = MeterReading.objects.values(
        "station", "evse_number", "session", "at", "measurand", "value", "phase", "location", "context"
    ).get()
    assert stored == {
        "station": old_faithful.pk,
        "evse_number": 1,
        "session": running.session_id,
        **sample._asdict(),
    }


def test_a_repeated_message_adds_nothing(old_faithful: ReportingStation, running: OngoingSession) -> None:
    for _ in range(3):
        old_faithful.read(running.session_id, register(1, 1_100), register(1, 1_100), power(1, 6_000))
    assert MeterReading.objects.count() == 2
    assert Session.objects.get().energy_wh == 100


def test_the_session_shows_its_newest_readings(old_faithful: ReportingStation, running: OngoingSession) -> None:
    soc = Sample(after(2), Measurand.SOC, 61.0, location=Location.EV)
    old_faithful.read(running.session_id, register(1, 1_100), power(1, 6_000))
    old_faithful.read(running.session_id, register(2, 1_250), power(2, 9_000), soc)
    session = Session.objects.get()
    assert (session.energy_wh, session.register_wh, session.power_w, session.soc_percent) == (250, 1_250, 9_000, 61)
    assert (session.last_reading_at, session.updated_at) == (after(2), old_faithful.batch(None, soc).received_at)


def test_live_energy_does_not_follow_a_falling_register(
    old_faithful: ReportingStation, running: OngoingSession
) -> None:
    shown = []
    for minute, value in enumerate((1_500, 0, 1_700, 99_999_999, 1_900), start=1):
        old_faithful.read(running.session_id, register(minute, value))
        shown.append(Session.objects.get().energy_wh)
    assert shown == [500, 500, 700, 700, 900]


def test_live_energy_of_a_register_that_counts_each_session(old_faithful: ReportingStation, alice: Person) -> None:
    session = old_faithful.start(uid=alice.uid, meter_wh=900_000).session
    assert session is not None
    for minute, value in enumerate((0, 400, 800)):
        old_faithful.read(session.session_id, register(minute, value))
    assert Session.objects.get().energy_wh == 800
    assert old_faithful.end(session.transaction_id, 10, 900_900).energy_wh == 900


def test_live_energy_when_the_start_says_zero_and_the_meter_its_lifetime(
    old_faithful: ReportingStation, alice: Person
) -> None:
    session = old_faithful.start(uid=alice.uid, meter_wh=0).session
    assert session is not None
    for minute, value in enumerate((900_000, 900_400)):
        old_faithful.read(session.session_id, register(minute, value))
    assert Session.objects.get().energy_wh == 400


def test_readings_outside_sessions_are_kept(old_faithful: ReportingStation) -> None:
    services.record_readings(
        [
            ReadingBatch(old_faithful.pk, 0, None, Samples((register(1, 5_000_000),)), after(1)),
            ReadingBatch(old_faithful.pk, 1, None, Samples((register(1, 1_000),)), after(1)),
        ]
    )
    stored = MeterReading.objects.filter(session=None)
    assert sorted(stored.values_list("evse_number", flat=True)) == [0, 1]


def test_signed_values_are_kept_byte_for_byte_and_once(old_faithful: ReportingStation, running: OngoingSession) -> None:
    data = 'OCMF|{"FV":"1.0","RD":[{"RV":1.5}]}|{"SA":"ECDSA","SD":"30\\n45"}\ttab & <>'
    signed = SignedSample(after(1), ReadingContext.END, data, "OCMF", "ECDSA", "3059")
    batch = ReadingBatch(old_faithful.pk, 1, running.session_id, Samples(signed=(signed,)), after(1))
    services.record_readings([batch, batch])
    services.record_readings([batch])
    stored = SignedReading.objects.get()
    assert (stored.data, stored.encoding_method, stored.public_key) == (data, "OCMF", "3059")


def test_events_are_kept_once(old_faithful: ReportingStation, running: OngoingSession) -> None:
    place = EventPlace(4, "Updated", "MeterValue\tPeriodic\n\\N", after(1), is_offline=True)
    batch = ReadingBatch(old_faithful.pk, 1, running.session_id, Samples((register(1, 1_100),)), after(1), place)
    services.record_readings([batch, batch])
    services.record_readings([batch])
    event = SessionEvent.objects.get()
    assert (event.sequence_number, event.trigger, event.is_offline) == (4, place.trigger, True)


def test_an_empty_message_moves_nothing(old_faithful: ReportingStation, running: OngoingSession) -> None:
    services.record_readings([])
    old_faithful.read(running.session_id)
    assert Session.objects.get().last_reading_at is None


def test_the_count_of_queries_does_not_depend_on_the_count_of_stations(harbour: Site, alice: Person) -> None:
    batches = []
    for number in range(20):
        station = ReportingStation(cast.create_station(harbour, f"CP{number:03}"))
        session = station.start(uid=alice.uid).session
        assert session is not None
        samples = [register(minute, 1_000 + 100 * minute) for minute in range(1, 5)]
        batches.append(station.batch(session.session_id, *samples))
    with CaptureQueriesContext(
        connection,
    ) as few:
        services.record_readings(batches[:1])
    with CaptureQueriesContext(connection) as many:
        services.record_readings(batches[1:])
    assert len(many) == len(few) <= 5
    assert set(Session.objects.values_list("energy_wh", flat=True)) == {400}
    assert MeterReading.objects.count() == 80


def place(station: ReportingStation, named: str, *samples: Sample) -> OngoingSession | None:
    return services.place_readings(
        station_id=station.pk,
        evse_number=1,
        transaction_id=named,
        samples=Samples(samples),
        received_at=samples[-1].at,
    )


def test_a_session_the_gateway_did_not_know_is_told_with_its_readings(
    old_faithful: ReportingStation, running: OngoingSession
) -> None:
    assert place(old_faithful, running.transaction_id, register(5, 1_500)) == running
    assert Session.objects.get().energy_wh == 500


def test_readings_belong_to_the_session_they_name_even_when_it_has_ended(
    old_faithful: ReportingStation, running: OngoingSession
) -> None:
    old_faithful.end(running.transaction_id, 30, 8_500)
    assert place(old_faithful, running.transaction_id, register(20, 5_000)) is None
    assert MeterReading.objects.get(value=5_000).session_id == running.session_id
    assert Session.objects.get().energy_wh == 7_500


def test_ongoing_sessions_are_told_to_a_gateway(
    old_faithful: ReportingStation, modern: ReportingStation, alice: Person, running: OngoingSession
) -> None:
    modern.start(uid=alice.uid)
    ended = old_faithful.start(uid=alice.uid, evse_number=2).session
    assert ended is not None
    old_faithful.end(ended.transaction_id, 1, 1_000)
    assert services.ongoing_sessions([old_faithful.pk]) == [[running]]
