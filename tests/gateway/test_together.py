"""Requests that share a transaction: each has its own answer, whatever the others asked."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from gateway import together
from gateway.together import Together
from stations.errors import StationBusy


class Counter:
    """Serves numbers in a thread; the first batch waits until it may end."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_end = threading.Event()
        self.has_begun = threading.Event()
        self.busy: set[int] = set()

    def __call__(self, asked: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(asked))
        self.has_begun.set()
        self.may_end.wait(20)
        if 13 in asked:
            raise ValueError("a mistake about one of them")
        return [self.answer(number) for number in asked]

    def answer(self, number: int) -> int | Exception:
        if number in self.busy:
            return StationBusy(number)
        return LookupError(number) if number < 0 else number * 10


@pytest.fixture
def counter() -> Counter:
    return Counter()


async def begin(counter: Counter, numbers: Together[int, int]) -> "asyncio.Task[int]":
    """A first batch, which is in the database until ``may_end`` is set."""
    first = asyncio.create_task(numbers.ask(1))
    await asyncio.to_thread(counter.has_begun.wait, 20)
    return first


async def ask(numbers: Together[int, int], *asked: int) -> "list[asyncio.Task[int]]":
    tasks = [asyncio.create_task(numbers.ask(number)) for number in asked]
    while len(numbers.waiting) <= len(asked):
        await asyncio.sleep(0)
    return tasks


async def test_those_that_come_meanwhile_go_together_and_in_order(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "LARGEST_BATCH", 3)
    numbers = Together(counter, places=asyncio.Semaphore(2))
    first = await begin(counter, numbers)
    others = await ask(numbers, 2, 3, 4, 5)
    counter.may_end.set()
    assert await asyncio.gather(first, *others) == [10, 20, 30, 40, 50]
    assert counter.batches == [[1], [2, 3, 4], [5]]
    assert numbers.is_idle
    assert await numbers.ask(6) == 60


async def test_a_bad_one_costs_the_others_nothing(counter: Counter) -> None:
    numbers = Together(counter, places=asyncio.Semaphore(1))
    first = await begin(counter, numbers)
    others = await ask(numbers, 2, -3, 13, 5, 6)
    counter.may_end.set()
    answers = await asyncio.gather(first, *others, return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, int)] == [10, 20, 50, 60]
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [LookupError, ValueError]


async def test_who_has_gone_is_not_served_and_what_came_too_late_is_taken_back(counter: Counter) -> None:
    taken_back: list[int] = []
    numbers = Together(counter, places=asyncio.Semaphore(1), take_back=taken_back.append)
    first = await begin(counter, numbers)
    others = await ask(numbers, 2, 3, 4)
    gone = [first, others.pop(1)]
    for task in gone:
        task.cancel()
    await asyncio.wait(gone)
    counter.may_end.set()
    assert await asyncio.gather(*others) == [20, 40]
    assert (counter.batches, taken_back) == ([[1], [2, 4]], [1])


async def test_two_of_the_same_never_meet(counter: Counter) -> None:
    numbers = Together(counter, places=asyncio.Semaphore(1), key=lambda number: number % 10)
    first = await begin(counter, numbers)
    others = await ask(numbers, 12, 22, 3, 32)
    counter.may_end.set()
    await asyncio.gather(first, *others)
    assert counter.batches == [[1], [12, 3], [22], [32]]


async def test_nobody_waits_for_one_whose_station_somebody_holds(counter: Counter) -> None:
    """It is asked again until it is free, and the next of the same stays behind it."""
    counter.busy.add(2)
    numbers = Together(counter, places=asyncio.Semaphore(1), key=lambda number: number % 10)
    first = await begin(counter, numbers)
    held, behind, other = await ask(numbers, 2, 12, 3)
    counter.may_end.set()
    assert [await first, await other, await numbers.ask(4)] == [10, 30, 40]
    assert not held.done()
    assert not any(12 in batch for batch in counter.batches)
    counter.busy.clear()
    assert [await held, await behind] == [20, 120]
    assert counter.batches[-1] == [12]
