"""OCPP 1.6 readings whose session is not known at once."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from charging.anomalies import open_anomaly
from charging.models import Session
from charging.reports import OngoingSession, ReadingBatch, Samples
from charging.services.recording import record_readings
from charging.services.sessions import remembered, reporting_station
from charging.states import AnomalyKind, SessionStatus


def ongoing_sessions(station_ids: Sequence[int]) -> list[list[OngoingSession]]:
    """Of each station, in the order they began."""
    rows = (
        Session.objects.ongoing()
        .filter(station_id__in=station_ids)
        .order_by("pk")
        .values_list("station_id", "pk", "transaction_id", "evse_number", "started_at", "status")
    )
    found: dict[int, list[OngoingSession]] = {station_id: [] for station_id in station_ids}
    for row in rows:
        found[row[0]].append(OngoingSession(*row[1:5], SessionStatus(row[5])))
    return [found[station_id] for station_id in station_ids]


@transaction.atomic
def place_readings(
    *,
    station_id: int,
    evse_number: int,
    transaction_id: str,
    samples: Samples,
    received_at: datetime,
) -> OngoingSession | None:
    """Keep the readings, with the session they name if there is one. Returns it while it goes on."""
    session = Session.objects.filter(station_id=station_id, transaction_id=transaction_id).first()
    if session is None:
        _note_unknown(station_id, evse_number, transaction_id, samples, received_at)
    session_id = session.pk if session else None
    record_readings([ReadingBatch(station_id, evse_number, session_id, samples, received_at)])
    return remembered(session) if session and session.is_ongoing else None


def _note_unknown(
    station_id: int, evse_number: int, transaction_id: str, samples: Samples, received_at: datetime
) -> None:
    open_anomaly(
        kind=AnomalyKind.UNKNOWN_TRANSACTION,
        station=reporting_station(station_id),
        evse_number=evse_number,
        fingerprint=transaction_id[:64],
        summary=f"Readings name transaction {transaction_id[:40]}, which we do not know.",
        proposal="Keep the readings without a session.",
        evidence={
            "transaction_id": transaction_id[:64],
            "received_at": received_at.isoformat(),
            "first_reading_at": min((s.at for s in samples.plain), default=received_at).isoformat(),
        },
    )
