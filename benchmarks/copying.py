"""COPY alone: what storing the rows costs when nobody has to be heard, checked or answered."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import connection, transaction

from benchmarks.messages import VALUES
from benchmarks.sockets import Charger
from charging.models import MeterReading
from charging.states import Location, Measurand, Phase, ReadingContext
from stations.models import ChargingStation

COPY = (
    f"COPY {MeterReading._meta.db_table} (station_id, evse_number, at, measurand, phase, location, context, value) "
    "FROM STDIN"
)
AT = "@"
MEASURANDS = list(Measurand)[:VALUES]


class Copying:
    """One writer that commits a message of each charger at a time."""

    def __init__(self, chargers: Sequence[Charger]) -> None:
        identities = [charger.identity for charger in chargers]
        stations = ChargingStation.objects.filter(identity__in=identities).values_list("pk", flat=True)
        end = f"{Phase.TOTAL:d}\t{Location.OUTLET:d}\t{ReadingContext.PERIODIC:d}\t1000.5\n"
        self.count = len(chargers)
        # EVSE 99 is nobody's, so that these rows are told from those of the chargers.
        self.rows = "".join(f"{pk}\t99\t{AT}\t{measurand:d}\t{end}" for pk in stations for measurand in MEASURANDS)

    def messages_per_s(self, seconds: float) -> float:
        began, committed = time.perf_counter(), 0
        while (took_s := time.perf_counter() - began) < seconds:
            rows = self.rows.replace(AT, datetime.now(UTC).isoformat())
            with transaction.atomic(), connection.cursor() as cursor, cursor.copy(COPY) as copy:
                copy.write(rows)
            committed += self.count
        return committed / took_s
