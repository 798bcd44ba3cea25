"""What the database holds, to be compared with what the chargers were answered."""

import time
from typing import Any

from django.db.models import QuerySet

from benchmarks.crew import NotServed
from benchmarks.messages import VALUES
from charging.models import MeterReading
from stations.models import Frame

FLUSH_LIMIT_S = 30.0


class Ledger:
    """Counts from where it was opened."""

    def __init__(self) -> None:
        self.readings = MeterReading.objects.count()
        self.frames = Frame.objects.count()

    def check_readings(self, answered: int) -> None:
        """Every value of every message that was answered is stored. Raises NotServed."""
        stored = MeterReading.objects.count() - self.readings
        if stored < answered * VALUES:
            raise NotServed(f"{answered} messages were answered, of whose values {stored} are stored")

    def check_frames(self, answered: int) -> None:
        """Every message and its answer are in the wire log, which is written a little later. Raises NotServed."""
        until = time.monotonic() + FLUSH_LIMIT_S
        while (logged := Frame.objects.count() - self.frames) < 2 * answered:
            if time.monotonic() > until:
                raise NotServed(f"{answered} messages were answered, {logged} frames are in the wire log")
            time.sleep(0.2)


def check_count(what: str, found: QuerySet[Any], answered: int) -> None:
    """Raises NotServed."""
    stored = found.count()
    if stored < answered:
        raise NotServed(f"{answered} times {what} was answered, {stored} are stored")
