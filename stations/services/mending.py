"""Repairs are counted for each station, so that staff see what its charger does wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

COUNT = """
INSERT INTO stations_repaircount (station_id, repair, count, first_at, last_at, last_action)
SELECT told.station_id, told.repair, told.count, told.first_at, told.last_at, told.last_action
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[])
    AS told (station_id, repair, count, first_at, last_at, last_action)
JOIN stations_chargingstation AS station ON station.id = told.station_id
ORDER BY told.station_id, told.repair
ON CONFLICT (station_id, repair) DO UPDATE SET
    count = stations_repaircount.count + EXCLUDED.count, last_at = EXCLUDED.last_at, last_action = EXCLUDED.last_action
"""


@dataclass(slots=True)
class Mended:
    """How often, from when to when, and in which message last."""

    count: int
    first_at: datetime
    last_at: datetime
    last_action: str

    def again(self, at: datetime, action: str) -> None:
        self.count, self.last_at, self.last_action = self.count + 1, at, action


def count_repairs(mended: Mapping[tuple[int, str], Mended]) -> None:
    """Add to the counts of (station id, repair). Stations that were deleted meanwhile are left out."""
    rows = [
        (station_id, repair, each.count, each.first_at, each.last_at, each.last_action[:50])
        for (station_id, repair), each in mended.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [list(column) for column in zip(*rows, strict=True)])
