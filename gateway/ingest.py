"""Group commit: hot messages of all connections wait a few milliseconds and share one transaction.

``await ingest.commit(record)`` returns when the record is in the database; only then the station is answered. A
station has at most one record in a batch, so its messages stay in order.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import Error, connection, transaction

from charging.reports import ReadingBatch
from charging.services import follow_connectors, record_readings
from gateway.database import note_wait, reason_to_wait
from gateway.measures import RECORDS, Histogram
from stations.reports import StatusReport
from stations.services import record_statuses

log = logging.getLogger(__name__)

Record = ReadingBatch | StatusReport
Waiting = tuple[Record, asyncio.Future[None]]
LARGEST_BATCH = 1000
# While one batch waits for the disk, the stations of the other are read and answered.
BATCHES_AT_ONCE = 2
RETRY_S = 0.5


class Ingest:
    """Collects records, commits them together, wakes those who wait."""

    def __init__(self) -> None:
        self.waiting: list[Waiting] = []
        self.has_work = asyncio.Event()
        self.writers = ThreadPoolExecutor(BATCHES_AT_ONCE, thread_name_prefix="ingest")
        self.storing: dict[asyncio.Task[None], frozenset[int]] = {}
        """The batches that are being committed, and whose records they hold."""
        self.commit_s = Histogram()
        self.batch_records = Histogram(RECORDS)

    async def commit(self, record: Record) -> None:
        """Wait until the record is committed. Raises the database's error if it cannot be stored."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((record, future))
        self.has_work.set()
        await future

    async def run(self) -> None:
        """Commit batches until cancelled."""
        while True:
            await self.has_work.wait()
            if len(self.waiting) < LARGEST_BATCH:
                await asyncio.sleep(settings.OCPP_COMMIT_WINDOW_MS / 1000)
            batch = self._take()
            if batch:
                task = asyncio.create_task(self._store(batch))
                self.storing[task] = frozenset(record.station_id for record, _ in batch)
                task.add_done_callback(self._stored)
            if not batch or len(self.storing) >= BATCHES_AT_ONCE:
                await asyncio.wait(self.storing, return_when=asyncio.FIRST_COMPLETED)

    def _stored(self, task: asyncio.Task[None]) -> None:
        del self.storing[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("batch not stored", exc_info=error)

    def _take(self) -> list[Waiting]:
        """The next batch: at most one record of each station, and none whose last is still being stored."""
        batch: list[Waiting] = []
        later: list[Waiting] = []
        seen = set().union(*self.storing.values())
        for item in self.waiting:
            station_id = item[0].station_id
            if len(batch) >= LARGEST_BATCH or station_id in seen:
                later.append(item)
            else:
                seen.add(station_id)
                batch.append(item)
        self.waiting = later
        if not later:
            self.has_work.clear()
        return batch

    async def _store(self, batch: Sequence[Waiting]) -> None:
        began = time.perf_counter()
        storing = asyncio.get_running_loop().run_in_executor(self.writers, store, [record for record, _ in batch])
        await asyncio.wait([storing])
        errors: Mapping[int, BaseException]
        if (mistake := storing.exception()) is None:
            errors = storing.result()
        elif len(batch) == 1:
            errors = {0: mistake}
        else:
            # A mistake of ours about one record must not cost the others their answer.
            for item in batch:
                await self._store([item])
            return
        self.commit_s.add(time.perf_counter() - began)
        self.batch_records.add(len(batch))
        for index, (_, future) in enumerate(batch):
            if future.done():
                continue
            if error := errors.get(index):
                future.set_exception(error)
            else:
                future.set_result(None)


def store(records: Sequence[Record]) -> dict[int, Error]:
    """Commit all records, or find out by halves which cannot be stored: its index and why."""
    while True:
        try:
            _store_together(records)
        except Error as error:
            if (reason := reason_to_wait(error)) is None:
                return _store_halves(records, error)
            # Nobody is answered until it is stored, so nothing that was answered is lost.
            note_wait(reason)
            log.warning("%s, records wait", reason, extra={"records": len(records), "error": str(error)})
            connection.close()
            time.sleep(RETRY_S)
        else:
            return {}


def _store_halves(records: Sequence[Record], error: Error) -> dict[int, Error]:
    """One bad record must not cost the others a commit each."""
    if len(records) == 1:
        log.error("record not stored", extra={"station_id": records[0].station_id, "error": str(error)})
        return {0: error}
    middle = len(records) // 2
    errors = store(records[:middle])
    return errors | {middle + index: late for index, late in store(records[middle:]).items()}


def _store_together(records: Sequence[Record]) -> None:
    # COPY raises the driver's own errors unless told otherwise.
    with connection.wrap_database_errors, transaction.atomic():
        statuses = [record for record in records if isinstance(record, StatusReport)]
        readings = [record for record in records if isinstance(record, ReadingBatch)]
        if statuses:
            follow_connectors(record_statuses(statuses))
        if readings:
            record_readings(readings)
