"""Statuses of connectors: many reports in a few statements."""

from collections.abc import Iterable, Sequence
from functools import partial

from django.db import connection as database
from django.db import transaction
from django.db.models import F

from live.publish import publish_many
from stations.models import ChargingStation, Connector, Evse
from stations.recordset import as_json
from stations.reports import ConnectorChange, StatusReport
from stations.signals import connector_changed
from stations.states import OCCUPIED_STATUSES, ConnectorStatus, occupied_status

MAY_BE_OCCUPIED = OCCUPIED_STATUSES | {ConnectorStatus.UNKNOWN}

Place = tuple[int, int, int]
"""station id, EVSE number, connector number"""

ConnectorRow = tuple[int, str, str]
"""connector id, status, error code"""


def record_statuses(reports: Sequence[StatusReport]) -> list[ConnectorChange]:
    """Keep reported statuses, at most one report per connector, in the caller's transaction.

    Connectors we did not know are created. A repeated status changes nothing. Returns what changed.
    """
    _record_station_statuses([report for report in reports if report.evse_number == 0])
    of_connectors = {_place(report): report for report in reports if report.evse_number > 0}
    known = _connectors(of_connectors)
    if missing := of_connectors.keys() - known.keys():
        _create_connectors(missing)
        known |= _connectors(missing)
    changes = []
    changed_reports = []
    for place, report in of_connectors.items():
        connector_id, current, error_code = known[place]
        if report.only_if_occupied and current not in MAY_BE_OCCUPIED:
            continue
        status = report.status or occupied_status(ConnectorStatus(current))
        if status != current or report.error_code != error_code:
            changes.append(ConnectorChange(place[0], connector_id, place[1], place[2], status, report.received_at))
            changed_reports.append(report)
    if changes:
        _change(changes, changed_reports)
    return changes


def _place(report: StatusReport) -> Place:
    return report.station_id, report.evse_number, report.connector_number


def _record_station_statuses(reports: Sequence[StatusReport]) -> None:
    told = {report.station_id: report.status for report in reports if report.status is not None}
    if not told:
        return
    with database.cursor() as cursor:
        cursor.execute(
            """
            WITH locked AS (
                SELECT id FROM stations_chargingstation WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE stations_chargingstation AS station SET status = new.status
            FROM locked, unnest(%s::bigint[], %s::text[]) AS new (id, status)
            WHERE station.id = locked.id AND new.id = locked.id AND station.status <> new.status
            """,
            [list(told), list(told), [status.value for status in told.values()]],
        )


def _connectors(places: Iterable[Place]) -> dict[Place, ConnectorRow]:
    rows = Connector.objects.filter(evse__station_id__in={place[0] for place in places}).values_list(
        F("evse__station_id"), F("evse__number"), "number", "pk", "status", "error_code"
    )
    return {(station, evse, number): (pk, status, error) for station, evse, number, pk, status, error in rows}


def _create_connectors(places: Iterable[Place]) -> None:
    """What the station has is what it says it has."""
    places = set(places)
    Evse.objects.bulk_create(
        [Evse(station_id=station, number=evse) for station, evse, _ in places], ignore_conflicts=True
    )
    evses = {
        (evse.station_id, evse.number): evse
        for evse in Evse.objects.filter(station_id__in={station for station, _, _ in places})
    }
    Connector.objects.bulk_create(
        [Connector(evse=evses[station, evse], number=number) for station, evse, number in places],
        ignore_conflicts=True,
    )


def _change(changes: Sequence[ConnectorChange], reports: Sequence[StatusReport]) -> None:
    told = as_json(
        {
            "id": change.connector_id,
            "status": change.status.value,
            "received_at": report.received_at,
            "reported_at": report.reported_at,
            "code": report.error_code,
            "info": report.error_info,
            "vendor_id": report.vendor_id,
            "vendor_code": report.vendor_error_code,
        }
        for change, report in zip(changes, reports, strict=True)
    )
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE stations_connector AS connector
            SET status = told.status, status_at = coalesce(told.reported_at, told.received_at),
                error_code = told.code, error_info = told.info, vendor_error_code = told.vendor_code
            FROM json_to_recordset(%s) AS told (
                id bigint, status text, received_at timestamptz, reported_at timestamptz, code text, info text,
                vendor_code text
            )
            WHERE connector.id = told.id
            """,
            [told],
        )
        cursor.execute(
            """
            UPDATE stations_statusinterval AS past SET ended_at = greatest(told.received_at, past.started_at)
            FROM json_to_recordset(%s) AS told (id bigint, received_at timestamptz)
            WHERE past.connector_id = told.id AND past.ended_at IS NULL
            """,
            [told],
        )
        # As bulk_create would, at a third of its cost: after an outage every connector says what it is.
        cursor.execute(
            """
            INSERT INTO stations_statusinterval
                (connector_id, status, started_at, reported_at, error_code, error_info, vendor_id, vendor_error_code)
            SELECT * FROM json_to_recordset(%s) AS told (
                id bigint, status text, received_at timestamptz, reported_at timestamptz, code text, info text,
                vendor_id text, vendor_code text
            )
            """,
            [told],
        )
    _announce(changes)


def _announce(changes: Sequence[ConnectorChange]) -> None:
    organizations = dict(
        ChargingStation.objects.filter(pk__in={change.station_id for change in changes}).values_list(
            "pk", "organization_id"
        )
    )
    publish_many(
        (
            (f"station:{change.station_id}", f"organization:{organizations[change.station_id]}"),
            {"kind": "status", "station": change.station_id, "evse": change.evse_number, "status": change.status},
        )
        for change in changes
    )
    for change in changes:
        transaction.on_commit(
            partial(
                connector_changed.send,
                sender=None,
                station_id=change.station_id,
                connector_id=change.connector_id,
                status=change.status,
            )
        )
