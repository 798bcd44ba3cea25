"""Two sockets of one station, or two threads, say the same at the same time: really, with commits."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.models import Organization
from charging import services
from charging.models import MeterReading, Session, SessionAnomaly
from charging.reports import Outcome
from drivers.models import AuthorizationRecord
from tests import cast
from tests.charging.station import ReportingStation, register
from tests.conftest import committed  # noqa: F401  the one that commits, instead of this folder's

UID = "04A1B2C3D4E5F6"
THREADS = 6


@pytest.fixture
def station(committed: None) -> ReportingStation:  # noqa: F811
    organization: Organization = cast.create_organization()
    cast.create_token(organization, UID, driver=cast.create_driver(organization))
    return ReportingStation(cast.create_station(cast.create_site(organization)))


def all_at_once(report: Callable[[], Outcome | None]) -> list[Outcome | None]:
    """Each in a thread with a connection of its own, released together."""
    barrier = threading.Barrier(THREADS)

    def run() -> Outcome | None:
        barrier.wait(timeout=20)
        try:
            return report()
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run) for _ in range(THREADS)]]


def test_repeated_starts_open_one_session(station: ReportingStation) -> None:
    outcomes = all_at_once(lambda: station.start(uid=UID))
    assert len({str(outcome) for outcome in outcomes}) == 1
    assert (Session.objects.count(), AuthorizationRecord.objects.count()) == (1, 1)


def test_repeated_starts_of_2_x_open_one_session(station: ReportingStation) -> None:
    all_at_once(lambda: station.start(uid=UID, transaction_id="own", place=station.place(0, "Started", 0)))
    assert Session.objects.count() == 1


def test_repeated_stops_end_it_once(station: ReportingStation) -> None:
    session = station.start(uid=UID).session
    assert session is not None
    outcomes = all_at_once(lambda: station.end(session.transaction_id, 30, 8_500, UID))
    assert {(outcome.is_ended, outcome.energy_wh) for outcome in outcomes if outcome} == {(True, 7_500)}
    assert not SessionAnomaly.objects.exists()


def test_stops_without_an_id_end_one_session(station: ReportingStation) -> None:
    station.start(uid=UID)
    all_at_once(lambda: station.end(None, 30, 8_500, UID))
    assert Session.objects.ended().count() == 1
    assert not SessionAnomaly.objects.exists()


def test_updates_that_overtake_their_start_open_one_session(station: ReportingStation) -> None:
    all_at_once(lambda: station.update("own", 1, samples=[register(1, 100)], place=station.place(1, "Updated", 1)))
    assert Session.objects.count() == 1


def test_readings_and_the_stop_do_not_lose_each_other(station: ReportingStation) -> None:
    """Whichever commits first, the session ends with start and stop, and all readings are kept."""
    session = station.start(uid=UID).session
    assert session is not None
    numbers = iter(range(THREADS))

    def report() -> Outcome | None:
        number = next(numbers)
        if number == 0:
            return station.end(session.transaction_id, 30, 8_500)
        with transaction.atomic():
            services.record_readings([station.batch(session.session_id, register(number, 1_000 + 100 * number))])
        return None

    all_at_once(report)
    stored = Session.objects.get()
    assert (stored.energy_wh, stored.is_ongoing) == (7_500, False)
    assert MeterReading.objects.filter(session=stored).count() == THREADS - 1


def test_staging_survives_a_transaction_that_failed(station: ReportingStation) -> None:
    """The temporary table is made inside the transaction, and goes with it."""
    session = station.start(uid=UID).session
    assert session is not None

    def store(*, fails: bool) -> None:
        with transaction.atomic():
            services.record_readings([station.batch(session.session_id, register(1, 1_100))])
            if fails:
                raise ConnectionError

    with pytest.raises(ConnectionError):
        store(fails=True)
    store(fails=False)
    store(fails=False)
    assert MeterReading.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM charging_staged_reading")
        assert cursor.fetchone() == (0,)
