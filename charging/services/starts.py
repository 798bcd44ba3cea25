"""A session begins."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from charging.anomalies import open_session_anomaly, resolve_anomalies
from charging.clock import trusted_time
from charging.models import Session
from charging.readings import marked_register, registers
from charging.reports import Outcome, StartReport
from charging.services.bounds import within_bounds
from charging.services.connectors import STATUS_OF_CONNECTOR
from charging.services.energy import recalculate
from charging.services.orphans import adopt_orphan_stop
from charging.services.recording import keep, show
from charging.services.reservations import use_reservation
from charging.services.sequence import check_sequence
from charging.services.sessions import (
    announce_start,
    digest,
    fill_in,
    find_session,
    has_heard,
    is_authorized,
    lock_sessions_of,
    note_skew,
    outcome,
    presented_key,
    reporting_station,
    take_token,
    tell_browsers,
    told_time,
)
from charging.states import AnomalyKind, ReadingContext, SessionStatus
from drivers.models import AuthorizationPurpose
from drivers.services import authorize_at, decide
from drivers.tokens import Authorization
from stations.models import ChargingStation
from stations.traits import Trait


@transaction.atomic
def start_session(report: StartReport) -> Outcome:
    """Open a session, or return the one this very message opened before.

    OCPP 1.6 §4.8: a refused token gets a session too, because energy may flow already.
    """
    report = within_bounds(report)
    lock_sessions_of(report.station_id)
    station = reporting_station(report.station_id, report.evse_number, report.connector_number)
    key = start_key(report)
    is_this = Q(start_key=key) if key else Q(transaction_id=report.transaction_id)
    near = Session.objects.filter(is_this) | Session.objects.awaiting_stop_at(report.evse_number)
    near = near.filter(station_id=station.pk).order_by("pk")
    known = next((session for session in near if _is_begun_by(session, report, key)), None)
    if known is not None:
        return _repeat(station, known, report)
    session, authorization = _open(station, report, key)
    flag_unended(session, near)
    if key:
        adopt_orphan_stop(session)
    return outcome(session, authorization)


def start_key(report: StartReport) -> str:
    """OCPP 1.6 stations repeat a start until it is answered; this is how it is known. Empty for 2.x, which names it."""
    if report.transaction_id is not None:
        return ""
    # Without any time the same start could be meant again next week; then only a session that runs is known by it.
    told = told_time(report) or report.at.isoformat()
    return digest(report.evse_number, presented_key(report.token), told, report.meter_wh)


def _is_begun_by(session: Session, report: StartReport, key: str) -> bool:
    if not key:
        return session.transaction_id == report.transaction_id
    return session.start_key == key or (not told_time(report) and _began_without_time(session, report))


def _began_without_time(session: Session, report: StartReport) -> bool:
    told = (session.evse_number, session.token_key, session.meter_start_wh)
    is_same = told == (report.evse_number, presented_key(report.token), report.meter_wh)
    return is_same and session.is_ongoing and session.started_at == session.start_received_at


def _open(station: ChargingStation, report: StartReport, key: str) -> tuple[Session, Authorization | None]:
    started = trusted_time(report.at, report.received_at)
    authorization = _present(station, report, started.at)
    pk = _next_key()
    session = Session(
        pk=pk,
        organization_id=station.organization_id,
        station=station,
        evse_number=report.evse_number,
        connector_number=report.connector_number,
        transaction_id=str(pk) if report.transaction_id is None else report.transaction_id,
        start_key=key,
        reservation_id=report.reservation_id,
        remote_start_id=report.remote_start_id,
        status=_first_status(station, report),
        started_at=started.at,
        was_offline=report.is_offline,
        start_received_at=report.received_at,
        meter_start_wh=meter_start_wh(report),
        register_base_wh=0 if Trait.SESSION_REGISTER in station.traits else None,
        updated_at=report.received_at,
    )
    if report.token and authorization:
        take_token(session, report.token, authorization)
    show(session, report.samples.plain, report.received_at)
    session.save(force_insert=True)
    keep(session, report.samples, report.received_at, report.place)
    note_skew(session, "started", report.at, started)
    if session.reservation_id or getattr(station, "has_reservations", False):
        use_reservation(session, authorization)
    announce_start(session)
    return session, authorization


def _present(station: ChargingStation, report: StartReport, at: datetime) -> Authorization | None:
    if report.token is None:
        return None
    return authorize_at(
        station=station,
        token=report.token,
        purpose=AuthorizationPurpose.START,
        evse_number=report.evse_number,
        at=at,
    )


def _next_key() -> int:
    """Asked for first, because the key is the transaction id of OCPP 1.6: positive and unique over all stations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('charging_session', 'id'))")
        return int(cursor.fetchone()[0])


def _first_status(station: ChargingStation, report: StartReport) -> SessionStatus:
    """OCPP 1.6 stations may show Charging before they tell the start."""
    if report.transaction_id is not None:
        return report.status
    shown: str = getattr(station, "connector_status", None) or ""
    return STATUS_OF_CONNECTOR.get(shown, report.status)


def meter_start_wh(report: StartReport) -> int | None:
    if report.meter_wh is not None:
        return report.meter_wh
    begin = marked_register(report.samples.plain, ReadingContext.BEGIN)
    if begin is None:
        begin = next(iter(registers(report.samples.plain)), None)
    return round(begin.value) if begin else None


def _repeat(station: ChargingStation, session: Session, report: StartReport) -> Outcome:
    """The start is known, or the session is because later messages overtook its start."""
    if session.start_received_at is None:
        return _complete(report)
    if session.ended_at is not None and _is_another(session, report):
        _flag_reuse(session, report)
    if report.token is None:
        return outcome(session)
    evse_number, at = report.evse_number, session.started_at
    return outcome(session, decide(station=station, token=report.token, evse_number=evse_number, at=at))


def _complete(report: StartReport) -> Outcome:
    """The start arrives after messages that follow it (OCPP 2.0.1 E04, E13: order is not the order of arrival)."""
    session = find_session(report.station_id, report.transaction_id or "")
    if session is None:
        raise Session.DoesNotExist(report.transaction_id)
    started = trusted_time(report.at, report.received_at)
    authorization = _present(session.station, report, started.at)
    if report.token and authorization and (authorization.is_accepted or not is_authorized(session)):
        take_token(session, report.token, authorization)
    session.started_at = started.at
    session.start_received_at = report.received_at
    session.meter_start_wh = meter_start_wh(report)
    fill_in(session, report)
    session.save()
    keep(session, report.samples, report.received_at, report.place)
    use_reservation(session, authorization)
    note_skew(session, "started", report.at, started)
    resolve_anomalies(session, [AnomalyKind.MISSING_START], "The start came after all.")
    if session.ended_at is not None:
        recalculate(session)
        check_sequence(session)
    tell_browsers(session)
    return outcome(session, authorization)


def _is_another(session: Session, report: StartReport) -> bool:
    """Not the start that came before. One without a time that can be read gets ours, and is new each time: a repeat."""
    return report.place is not None and report.at != report.received_at and not has_heard(session, report.place)


def _flag_reuse(session: Session, report: StartReport) -> None:
    """Ids are unique for ever (OCPP 2.0.1 E01.FR.08): under this one a second session would go unseen."""
    open_session_anomaly(
        session,
        AnomalyKind.REUSED_ID,
        f"The station began another session with the id of this one at {report.at:%Y-%m-%d %H:%M:%S} UTC.",
        fingerprint=digest(report.at.isoformat())[:32],
        proposal="Keep this session as it ended; what the second charged has to be told by its station.",
        evidence={
            "transaction_id": session.transaction_id,
            "started_at": report.at.isoformat(),
            "received_at": report.received_at.isoformat(),
            "meter_start_wh": meter_start_wh(report),
        },
    )


def flag_unended(session: Session, others: Iterable[Session]) -> None:
    """Sessions that were running at the EVSE on which this one began: their stop is missing."""
    for other in others:
        if other.pk == session.pk or other.started_at > session.started_at:
            continue
        other.station = session.station
        open_session_anomaly(
            other,
            AnomalyKind.MISSING_STOP,
            f"Another session began at the same EVSE at {session.started_at:%Y-%m-%d %H:%M:%S} UTC.",
            proposal="End it at its last reading.",
            evidence={"next_session": session.pk, "next_started_at": session.started_at.isoformat()},
        )
