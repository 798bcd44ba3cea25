"""The records of many stations in one transaction: a bad one costs the others nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError

from charging.models import MeterReading
from charging.reports import ReadingBatch, Sample, Samples
from charging.states import Measurand
from gateway import ingest
from stations.models import Site
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
