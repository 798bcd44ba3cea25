"""A running session changes (OCPP 2.x)."""

from datetime import datetime

from django.db import transaction

from charging.anomalies import open_session_anomaly
from charging.clock import trusted_time
from charging.models import Session
from charging.reports import EndReport, Outcome, UpdateReport
from charging.services.bounds import within_bounds
from charging.services.energy import recalculate
from charging.services.recording import keep, show
from charging.services.reservations import use_reservation
from charging.services.sequence import check_sequence
from charging.services.sessions import (
    announce_start,
    fill_in,
    find_session,
    has_heard,
    is_authorized,
    lock_sessions_of,
    outcome,
    presented_key,
    reporting_station,
    take_token,
    tell_browsers,
)
from charging.services.starts import flag_unended
from charging.states import AnomalyKind, SessionStatus
from drivers.models import AuthorizationPurpose
from drivers.services import authorize_at, decide
from drivers.tokens import Authorization

# OCPP 2.0.1 TriggerReasonEnumType: the token is presented to end the session, not to own it.
STOPPING_TRIGGER = "StopAuthorized"


@transaction.atomic
def update_session(report: UpdateReport) -> Outcome:
    """Take over what an update tells. A session we never heard of is opened: the station named it, so it exists."""
    report = within_bounds(report)
    lock_sessions_of(report.station_id)
    session = find_session(report.station_id, report.transaction_id) or open_provisionally(report)
    had_evse = session.evse_number is not None
    authorization = _present(session, report)
    _take_over(session, report)
    keep(session, report.samples, report.received_at, report.place)
    if session.ended_at is None:
        show(session, report.samples.plain, report.received_at)
    session.save()
    if report.token is not None or report.reservation_id:
        use_reservation(session, authorization)
    if session.ended_at is not None:
        recalculate(session)
        check_sequence(session)
    elif not had_evse and session.evse_number is not None:
        flag_unended(session, Session.objects.awaiting_stop_at(session.evse_number).filter(station=session.station_id))
    tell_browsers(session)
    return outcome(session, authorization)


def open_provisionally(report: UpdateReport | EndReport) -> Session:
    """A session whose start has not come yet, or never will."""
    station = reporting_station(report.station_id)
    session = Session.objects.create(
        organization_id=station.organization_id,
        station=station,
        transaction_id=report.transaction_id or "",
        evse_number=report.evse_number,
        connector_number=report.connector_number,
        started_at=_first_sign(report),
        was_offline=report.is_offline,
        updated_at=report.received_at,
    )
    open_session_anomaly(
        session,
        AnomalyKind.MISSING_START,
        "The station told of a session whose start has not arrived.",
        proposal="Keep the session from its first message on.",
        evidence={"transaction_id": session.transaction_id, "first_heard_at": report.received_at.isoformat()},
    )
    announce_start(session)
    return session


def _first_sign(report: UpdateReport | EndReport) -> datetime:
    """An end may bring the readings since the start."""
    told = [report.at, *(sample.at for sample in report.samples.plain)]
    return min(trusted_time(at, report.received_at).at for at in told)


def _present(session: Session, report: UpdateReport) -> Authorization | None:
    """The first token that is accepted owns the session; a later one may only stop it."""
    if report.token is None:
        return None
    evse_number = report.evse_number or session.evse_number
    at = trusted_time(report.at, report.received_at).at
    if report.place is not None and has_heard(session, report.place):
        # Nobody has presented the token again.
        return decide(station=session.station, token=report.token, evse_number=evse_number, at=at)
    is_stopping = report.place is not None and report.place.trigger == STOPPING_TRIGGER
    owns = not is_stopping and (not is_authorized(session) or presented_key(report.token) == session.token_key)
    authorization = authorize_at(
        station=session.station,
        token=report.token,
        purpose=AuthorizationPurpose.START if owns else AuthorizationPurpose.STOP,
        evse_number=evse_number,
        at=at,
    )
    if owns and (authorization.is_accepted or not session.token_key):
        take_token(session, report.token, authorization)
    return authorization


def _take_over(session: Session, report: UpdateReport) -> None:
    fill_in(session, report)
    if session.start_received_at is None:
        session.started_at = min(session.started_at, _first_sign(report))
    session.updated_at = max(session.updated_at, report.received_at)
    if report.status is not None and session.ended_at is None and not _is_overtaken(session, report):
        session.status = SessionStatus(report.status)


def _is_overtaken(session: Session, report: UpdateReport) -> bool:
    """A replayed event tells of a state that is past."""
    return session.events.filter(at__gt=report.at).exists()
