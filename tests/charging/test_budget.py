"""How many queries a message costs, without savepoints: every one is a round trip while a station waits."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

from charging.states import SessionStatus
from tests.charging.station import ReportingStation, register
from tests.conftest import Person

# What happened is kept for webhooks in the same transaction.
EVENT = 1


@contextmanager
def at_most(count: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert len(asked) <= count, "\n".join(asked)


def test_a_start_and_a_stop_of_1_6(old_faithful: ReportingStation, alice: Person) -> None:
    with at_most(8 + EVENT):
        session = old_faithful.start(uid=alice.uid).session
    assert session is not None
    with at_most(3 + 2):
        old_faithful.start(uid=alice.uid)
    with at_most(10 + EVENT):
        old_faithful.end(session.transaction_id, 30, 8_500, alice.uid)
    with at_most(5):
        old_faithful.end(session.transaction_id, 30, 8_500, alice.uid)


def test_the_events_of_2_0_1(modern: ReportingStation, alice: Person) -> None:
    samples = [register(0, 1_000)]
    with at_most(13 + EVENT):
        modern.start(uid=alice.uid, transaction_id="own", samples=samples, place=modern.place(0, "Started", 0))
    with at_most(10):
        modern.update(
            "own",
            1,
            status=SessionStatus.CHARGING,
            samples=[register(1, 1_100)],
            place=modern.place(1, "Updated", 1),
        )
    with at_most(18 + EVENT):
        modern.end("own", 2, uid=alice.uid, samples=[register(2, 1_200)], place=modern.place(2, "Ended", 2))


def test_sessions_that_never_end_do_not_make_the_next_start_dearer(
    old_faithful: ReportingStation, alice: Person
) -> None:
    for minutes in range(4):
        old_faithful.start(minutes, alice.uid)
    with at_most(8 + EVENT + 2 + EVENT):  # the anomaly of the one before
        old_faithful.start(10, alice.uid)
