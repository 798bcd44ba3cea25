"""However a station's messages are delivered, the ledger tells the same: late, twice, out of order, or in one batch."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charging import services
from charging.models import MeterReading, Session, SessionAnomaly, SessionEvent
from charging.states import AnomalyStatus, ReadingContext
from tests.charging.station import ReportingStation, register
from tests.conftest import Person

UPDATES = 5
ENERGY_WH = 6_000
# 0 is the start, 6 the end; the rest are updates, each a kWh further.
MESSAGES = range(UPDATES + 2)
in_the_database = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass
class Delivery:
    station: ReportingStation
    uid: str

    def tell(self, number: int) -> None:
        if number == 0:
            self._start()
        elif number == MESSAGES[-1]:
            self._end()
        else:
            place = self.station.place(number, "Updated", number)
            samples = [register(number, 1_000 + 1_000 * number)]
            self.station.update("own", number, evse_number=1, samples=samples, place=place)

    def _start(self) -> None:
        samples = [register(0, 1_000, context=ReadingContext.BEGIN)]
        place = self.station.place(0, "Started", 0, "Authorized")
        self.station.start(0, self.uid, None, transaction_id="own", token_type="ISO14443", samples=samples, place=place)

    def _end(self) -> None:
        last = MESSAGES[-1]
        samples = [register(last, 1_000 + ENERGY_WH, context=ReadingContext.END)]
        self.station.end("own", last, samples=samples, place=self.station.place(last, "Ended", last))


@pytest.fixture
def delivery(modern: ReportingStation, alice: Person) -> Delivery:
    return Delivery(modern, alice.uid)


@in_the_database
@given(order=st.permutations(MESSAGES), again=st.lists(st.sampled_from(MESSAGES), max_size=5))
def test_all_messages_in_any_order(delivery: Delivery, alice: Person, order: list[int], again: list[int]) -> None:
    with transaction.atomic():
        for number in [*order, *again]:
            delivery.tell(number)
        session = Session.objects.get()
        assert (session.energy_wh, session.driver_id) == (ENERGY_WH, alice.driver.pk)
        assert (session.ended_at - session.started_at).total_seconds() == 60 * MESSAGES[-1]  # type: ignore[operator]
        assert (SessionEvent.objects.count(), MeterReading.objects.count()) == (len(MESSAGES), len(MESSAGES))
        assert not SessionAnomaly.objects.filter(status=AnomalyStatus.OPEN).exists()
        transaction.set_rollback(True)


@in_the_database
@given(order=st.permutations(MESSAGES), kept=st.integers(0, len(MESSAGES)))
def test_energy_never_falls_and_never_exceeds_what_flowed(delivery: Delivery, order: list[int], kept: int) -> None:
    """With any part of the messages, in any order."""
    with transaction.atomic():
        shown = [0]
        for number in order[:kept]:
            delivery.tell(number)
            shown.append(Session.objects.get().energy_wh)
        assert shown == sorted(shown)
        assert shown[-1] <= ENERGY_WH
        transaction.set_rollback(True)


@in_the_database
@given(cuts=st.sets(st.integers(1, UPDATES)), order=st.permutations(range(1, UPDATES + 1)))
def test_batches_tell_the_same_as_single_messages(delivery: Delivery, cuts: set[int], order: list[int]) -> None:
    with transaction.atomic():
        delivery.tell(0)
        session = Session.objects.get()
        batches = [delivery.station.batch(session.pk, register(number, 1_000 + 1_000 * number)) for number in order]
        edges = [0, *sorted(cuts), len(batches)]
        for first, last in pairwise(edges):
            services.record_readings(batches[first:last])
        session.refresh_from_db()
        assert (session.energy_wh, session.register_wh) == (1_000 * UPDATES, 1_000 * (UPDATES + 1))
        transaction.set_rollback(True)
