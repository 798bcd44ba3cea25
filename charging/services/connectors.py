"""What a connector shows is, in OCPP 1.6, the state of its session, and in any version the end of a reservation."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from charging.services.reservations import end_reservations_at
from charging.states import SessionStatus
from live.publish import News, publish_many
from stations.reports import ConnectorChange
from stations.states import ConnectorStatus

# Available, Faulted and the like say nothing of the session: it ends with its stop, and only then.
STATUS_OF_CONNECTOR: dict[str, SessionStatus] = {
    ConnectorStatus.PREPARING: SessionStatus.PREPARING,
    ConnectorStatus.CHARGING: SessionStatus.CHARGING,
    ConnectorStatus.SUSPENDED_EV: SessionStatus.SUSPENDED_EV,
    ConnectorStatus.SUSPENDED_EVSE: SessionStatus.SUSPENDED_EVSE,
    ConnectorStatus.FINISHING: SessionStatus.IDLE,
}
# No current flows; many stations send no reading that says so (quirk 112).
WITHOUT_POWER = [SessionStatus.PREPARING.value, SessionStatus.SUSPENDED_EVSE.value, SessionStatus.IDLE.value]
# Sessions with a start key are those of OCPP 1.6. Of several at one EVSE only the newest can be going on.
FOLLOW = """
UPDATE charging_session AS session SET
    status = change.status, power_w = CASE WHEN change.status = ANY(%s) THEN 0 ELSE session.power_w END
FROM unnest(%s::bigint[], %s::integer[], %s::text[]) AS change (station_id, evse_number, status)
WHERE session.id = (
        SELECT newest.id FROM charging_session AS newest
        WHERE newest.station_id = change.station_id AND newest.evse_number = change.evse_number
          AND newest.ended_at IS NULL AND newest.start_key <> ''
        ORDER BY newest.started_at DESC, newest.id DESC LIMIT 1
      )
  AND session.ended_at IS NULL AND session.status <> change.status
RETURNING session.id, session.station_id, session.organization_id, session.evse_number, session.status,
          session.energy_wh
"""


def follow_connectors(changes: Sequence[ConnectorChange]) -> None:
    """Move the running sessions of these connectors on, in the caller's transaction; the last change of each counts.

    What is out of order keeps nothing reserved, in any version.
    """
    end_reservations_at(changes)
    wanted = {
        (change.station_id, change.evse_number): STATUS_OF_CONNECTOR[change.status]
        for change in changes
        if change.status in STATUS_OF_CONNECTOR
    }
    if not wanted:
        return
    with connection.cursor() as cursor:
        stations, evses = zip(*wanted, strict=True)
        cursor.execute(
            FOLLOW, [WITHOUT_POWER, list(stations), list(evses), [str(status.value) for status in wanted.values()]]
        )
        rows = cursor.fetchall()
    publish_many(_news(rows))


def _news(rows: Iterable[tuple[Any, ...]]) -> Iterable[News]:
    for session_id, station_id, organization_id, evse_number, status, energy_wh in rows:
        message = {
            "kind": "session",
            "session": session_id,
            "station": station_id,
            "evse": evse_number,
            "status": status,
            "energy_wh": energy_wh,
        }
        yield (f"station:{station_id}", f"session:{session_id}", f"organization:{organization_id}"), message
