"""The records of many stations in one transaction: a bad one costs the others nothing."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError, Error

from charging.models import MeterReading
from charging.reports import ReadingBatch, Sample, Samples
from charging.states import Measurand
from gateway import ingest
from stations.models import ChargingStation, Site
from stations.reports import StatusReport
from tests.conftest import add_station

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOO_HIGH = 40_000


@pytest.mark.parametrize("bad", [{0}, {2}, {4}, {1, 3}, {0, 1, 2, 3, 4}])
def test_the_database_refuses_some_of_the_records(harbour: Site, bad: set[int]) -> None:
    stations = [add_station(harbour, f"station-{number}") for number in range(5)]
    records = [
        ReadingBatch(
            station_id=station.pk,
            evse_number=TOO_HIGH if number in bad else 1,
            session_id=None,
            samples=Samples((Sample(NOW + timedelta(seconds=number), Measurand.VOLTAGE, 230.0),)),
            received_at=NOW,
        )
        for number, station in enumerate(stations)
    ]
    errors = ingest.store(records)
    assert set(errors) == bad
    assert all(isinstance(error, DataError) for error in errors.values())
    kept = set(MeterReading.objects.values_list("station_id", flat=True))
    assert kept == {station.pk for number, station in enumerate(stations) if number not in bad}


def test_a_repeat_adds_nothing_and_costs_the_new_ones_nothing(harbour: Site) -> None:
    stations = [add_station(harbour, f"station-{number}") for number in range(2)]

    def told(station: ChargingStation, seconds: int) -> ReadingBatch:
        sample = Sample(NOW + timedelta(seconds=seconds), Measurand.VOLTAGE, 230.0)
        return ReadingBatch(
            station_id=station.pk, evse_number=1, session_id=None, samples=Samples((sample,)), received_at=NOW
        )

    for _ in range(2):
        assert ingest.store([told(stations[0], 0)]) == {}
    assert ingest.store([told(stations[0], 0), told(stations[1], 0), told(stations[0], 1)]) == {}
    assert MeterReading.objects.count() == 3


async def test_two_batches_at_once_but_never_two_of_one_station(monkeypatch: pytest.MonkeyPatch) -> None:
    first_may_end = threading.Event()
    stored: list[str] = []

    def store(records: Sequence[StatusReport]) -> dict[int, Error]:
        if records[0].error_info == "first":
            first_may_end.wait(10)
        stored.extend(record.error_info for record in records)
        return {}

    def told(station_id: int, what: str) -> asyncio.Future[None]:
        report = StatusReport(station_id, 1, 1, None, None, NOW, error_info=what)
        return asyncio.ensure_future(collected.commit(report))

    monkeypatch.setattr(ingest, "store", store)
    collected = ingest.Ingest()
    running = asyncio.create_task(collected.run())
    first = told(1, "first")
    while not collected.storing:
        await asyncio.sleep(0.001)
    second, of_another = told(1, "second"), told(2, "of another")
    async with asyncio.timeout(10):
        await of_another
        assert stored == ["of another"]
        first_may_end.set()
        await asyncio.gather(first, second)
    assert stored == ["of another", "first", "second"]
    running.cancel()
