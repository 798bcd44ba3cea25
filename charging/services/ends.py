"""A session ends, by the station's word."""

from django.db import transaction

from charging.anomalies import open_session_anomaly
from charging.clock import trusted_time
from charging.models import Session
from charging.reports import EndReport, Outcome
from charging.services.bounds import within_bounds
from charging.services.closing import close, meter_stop_wh
from charging.services.energy import recalculate
from charging.services.orphans import is_known_orphan, keep_orphan, only_candidate, repeated_stop
from charging.services.recording import keep
from charging.services.sequence import check_sequence
from charging.services.sessions import (
    digest,
    find_session,
    lock_sessions_of,
    outcome,
    presented_key,
    reporting_station,
    stop_key,
)
from charging.services.updates import open_provisionally
from charging.states import AnomalyKind
from drivers.masking import mask
from drivers.models import AuthorizationPurpose
from drivers.services import authorize_at, decide
from drivers.tokens import Authorization
from stations.models import ChargingStation


@transaction.atomic
def end_session(report: EndReport) -> Outcome:
    """End a session, whatever the stop says: a station repeats what is not answered (OCPP 1.6 §4.10)."""
    report = within_bounds(report)
    lock_sessions_of(report.station_id)
    session = find_session(report.station_id, report.transaction_id) if report.transaction_id else None
    if session is None and (report.uses_our_ids or not report.transaction_id):
        return _end_unnamed(report)
    if session is None:
        session = open_provisionally(report)
    if session.ended_at is not None:
        return _end_again(session, report)
    authorization = _present(session.station, report, session.evse_number)
    close(session, report)
    return outcome(session, authorization)


def _end_unnamed(report: EndReport) -> Outcome:
    """OCPP 1.6 ids 0, -1 and others that we never gave: the station did not get, or lost, the answer to its start."""
    session = repeated_stop(report)
    if session is not None:
        return _end_again(session, report)
    station = reporting_station(report.station_id)
    if is_known_orphan(report):
        return Outcome(session=None, authorization=_decide(station, report))
    authorization = _present(station, report, report.evse_number)
    session = only_candidate(report, authorization)
    if session is None:
        keep_orphan(station, report, authorization)
        return Outcome(session=None, authorization=authorization)
    close(session, report)
    return outcome(session, authorization)


def _end_again(session: Session, report: EndReport) -> Outcome:
    """The first stop counts. A repeat changes nothing; a different one is for staff to look at."""
    if session.stop_key != stop_key(report):
        _keep_conflict(session, report)
    return outcome(session, _decide(session.station, report))


def _keep_conflict(session: Session, report: EndReport) -> None:
    was_repaired = session.end_received_at is None
    keep(session, report.samples, report.received_at, report.place)
    open_session_anomaly(
        session,
        AnomalyKind.CONFLICTING_STOP,
        f"The station says it ended at {report.at:%Y-%m-%d %H:%M:%S} UTC, but the session had ended already.",
        fingerprint=digest(stop_key(report))[:32],
        proposal="Take the station's end instead of the one given by staff." if was_repaired else "Keep the first end.",
        evidence={
            "ended_at": report.at.isoformat(),
            "received_at": report.received_at.isoformat(),
            "meter_stop_wh": meter_stop_wh(report),
            "reason": report.reason,
            "token": mask(presented_key(report.token).upper()) if report.token else "",
            "replaces_repair": was_repaired,
        },
    )
    recalculate(session)
    if report.place is not None:
        check_sequence(session)


def _present(station: ChargingStation, report: EndReport, evse_number: int | None) -> Authorization | None:
    if report.token is None:
        return None
    return authorize_at(
        station=station,
        token=report.token,
        purpose=AuthorizationPurpose.STOP,
        evse_number=evse_number,
        at=trusted_time(report.at, report.received_at).at,
    )


def _decide(station: ChargingStation, report: EndReport) -> Authorization | None:
    if report.token is None:
        return None
    at = trusted_time(report.at, report.received_at).at
    return decide(station=station, token=report.token, evse_number=report.evse_number, at=at)
