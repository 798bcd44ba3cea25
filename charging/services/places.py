"""OCPP 1.6 readings whose session is not known at once."""

from datetime import datetime

from django.db import transaction

from charging.anomalies import open_anomaly
from charging.models import Session
from charging.reports import OngoingSession, ReadingBatch, Samples
from charging.services.recording import record_readings
from charging.services.sessions import reporting_station
from charging.states import AnomalyKind, SessionStatus


def ongoing_sessions(station_id: int) -> list[OngoingSession]:
    rows = (
        Session.objects.ongoing()
        .filter(station_id=station_id)
        .order_by("pk")
        .values_list("pk", "transaction_id", "evse_number", "started_at", "status")
    )
    return [OngoingSession(*row[:4], SessionStatus(row[4])) for row in rows]


@transaction.atomic
def place_readings(
    *,
    station_id: int,
    evse_number: int,
    transaction_id: str | None,
    samples: Samples,
    received_at: datetime,
) -> int | None:
    """Keep the readings, with their session if it is certain which; its key, or None."""
    if transaction_id is None:
        session_id = _only_running(station_id, evse_number, samples)
    else:
        session_id = _named(station_id, transaction_id)
        if session_id is None:
            _note_unknown(station_id, evse_number, transaction_id, samples, received_at)
    record_readings([ReadingBatch(station_id, evse_number, session_id, samples, received_at)])
    return session_id


def _named(station_id: int, transaction_id: str) -> int | None:
    named = Session.objects.filter(station_id=station_id, transaction_id=transaction_id)
    return named.values_list("pk", flat=True).first()


def _only_running(station_id: int, evse_number: int, samples: Samples) -> int | None:
    """The EVSE's meter counts for the one session that runs at it. EVSE 0 is the station's own meter."""
    if evse_number == 0:
        return None
    read_at = [sample.at for sample in samples.plain] + [sample.at for sample in samples.signed]
    running = [s for s in ongoing_sessions(station_id) if s.evse_number == evse_number]
    if len(running) != 1 or not read_at or min(read_at) < running[0].started_at:
        return None
    return running[0].session_id


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
