"""The cleaning between tests, while a gateway still writes what it heard last."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import connection, transaction

from accounts.models import Organization
from stations.models import ChargingStation, Site
from tests.cleaning import empty_tables
from tests.conftest import add_station


def test_whoever_is_halfway_through_a_change_finishes_it_before_the_tables_are_emptied(
    harbour: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It locks in the opposite order of the cleaning, which would be a deadlock if that waited."""
    station, organization = add_station(harbour, "CP-1"), harbour.organization
    has_begun, was_refused = threading.Event(), threading.Event()
    monkeypatch.setattr(time, "sleep", lambda _: was_refused.set())

    def write() -> int:
        with closing(connection), transaction.atomic():
            ChargingStation.objects.filter(pk=station.pk).update(name="begun")
            has_begun.set()
            assert was_refused.wait(10)
            return Organization.objects.filter(pk=organization.pk).update(name="finished")

    with ThreadPoolExecutor(1) as gateway:
        writing = gateway.submit(write)
        assert has_begun.wait(10)
        empty_tables()
        assert writing.result() == 1
    assert not Organization.objects.exists()
