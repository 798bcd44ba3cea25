"""Which stations were faulted, offline or did not do as they were told within the last week."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from stations.models import StationTrouble
from stations.states import FAILED_COMMAND_STATUSES

PERIOD = timedelta(days=7)
# Of connections within it. A line that is renewed every night makes seven.
MANY_CONNECTS = 100

# A gap lasts from a close to the next opening, or until now; a station that never came back was away all the time.
MEASURE = """
    INSERT INTO stations_stationtrouble
        (organization_id, station_id, fault_count, offline_s, failed_command_count, connect_count, score, measured_at)
    SELECT organization_id, id, faults, offline_s, commands, connects,
        (offline_s / 60 + 60 * faults + 20 * commands + greatest(connects - %(many)s, 0)), %(now)s
    FROM (
        SELECT station.organization_id, station.id,
            coalesce(fault.count, 0) AS faults,
            coalesce(command.count, 0) AS commands,
            coalesce(opening.count, 0) AS connects,
            CASE WHEN station.connection_id IS NULL AND station.last_seen_at < %(since)s
                THEN %(period_s)s ELSE coalesce(gap.seconds, 0) END AS offline_s
        FROM stations_chargingstation AS station
        LEFT JOIN (
            SELECT evse.station_id, count(*) AS count
            FROM stations_statusinterval AS interval
            JOIN stations_connector AS connector ON connector.id = interval.connector_id
            JOIN stations_evse AS evse ON evse.id = connector.evse_id
            WHERE interval.status = 'faulted' AND interval.started_at > %(since)s
            GROUP BY evse.station_id
        ) AS fault ON fault.station_id = station.id
        LEFT JOIN (
            SELECT station_id, count(*) AS count FROM stations_command
            WHERE requested_at > %(since)s AND status = ANY(%(failed)s) GROUP BY station_id
        ) AS command ON command.station_id = station.id
        LEFT JOIN (
            SELECT station_id, count(*) AS count FROM stations_stationconnection
            WHERE opened_at > %(since)s GROUP BY station_id
        ) AS opening ON opening.station_id = station.id
        LEFT JOIN (
            SELECT station_id, sum(extract(epoch FROM greatest(until - closed_at, interval '0')))::int AS seconds
            FROM (
                SELECT station_id, closed_at,
                    coalesce(lead(opened_at) OVER (PARTITION BY station_id ORDER BY opened_at), %(now)s) AS until
                FROM stations_stationconnection WHERE closed_at IS NULL OR closed_at > %(since)s
            ) AS closing WHERE closed_at IS NOT NULL GROUP BY station_id
        ) AS gap ON gap.station_id = station.id
        WHERE station.is_enabled
    ) AS measured
    WHERE faults > 0 OR commands > 0 OR offline_s >= 60 OR connects > %(many)s
"""


@transaction.atomic
def measure_trouble(now: datetime | None = None) -> int:
    """Measure all stations anew. Returns how many are in trouble."""
    now = now or timezone.now()
    StationTrouble.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            MEASURE,
            {
                "now": now,
                "since": now - PERIOD,
                "period_s": int(PERIOD.total_seconds()),
                "failed": sorted(FAILED_COMMAND_STATUSES),
                "many": MANY_CONNECTS,
            },
        )
        return int(cursor.rowcount)
