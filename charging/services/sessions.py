"""What starts, updates and ends have in common: one at a time for each station, and what they answer."""

import hashlib
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Subquery

from charging.anomalies import open_session_anomaly
from charging.clock import Trusted
from charging.models import Reservation, Session
from charging.reports import EndReport, EventPlace, OngoingSession, Outcome, StartReport, UpdateReport
from charging.signals import session_ended, session_started
from charging.states import AnomalyKind, SessionStatus
from drivers.models import token_key
from drivers.states import AuthorizationStatus
from drivers.tokens import Authorization, PresentedToken
from live.events import record_event
from live.publish import publish
from stations.models import ChargingStation, Connector

# High half of the key of our advisory locks: "sess".
LOCK_SPACE = 0x73657373 << 32


def lock_sessions_of(station_id: int) -> None:
    """Until the end of the transaction nobody else starts, updates or ends a session of this station."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_SPACE | station_id])


def reporting_station(station_id: int, evse_number: int | None = None, connector: int | None = 1) -> ChargingStation:
    """The station with its organization.

    ``connector_status`` is that of the connector of the report, ``has_reservations`` whether it keeps places free.
    """
    status = Connector.objects.filter(
        evse__station=OuterRef("pk"), evse__number=evse_number or 0, number=connector or 1
    ).values("status")[:1]
    return (
        ChargingStation.objects.select_related("organization")
        .annotate(
            connector_status=Subquery(status),
            has_reservations=Exists(Reservation.objects.open().filter(station=OuterRef("pk"))),
        )
        .get(pk=station_id)
    )


def find_session(station_id: int, transaction_id: str) -> Session | None:
    """Locked, with its station and organization."""
    return (
        Session.objects.select_for_update(of=("self",), no_key=True)
        .select_related("station__organization")
        .filter(station_id=station_id, transaction_id=transaction_id)
        .first()
    )


def has_heard(session: Session, place: EventPlace) -> bool:
    """Whether this very event of OCPP 2.x came before."""
    same = session.events.filter(sequence_number=place.sequence_number, at=place.at, type=place.type)
    return bool(same.exists())


def digest(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def told_time(report: StartReport | EndReport) -> str:
    """By which a repeated message is known. Where ``at`` is ours it is new each time; then, what the station wrote."""
    return (report.time_text or "") if report.at == report.received_at else report.at.isoformat()


def stop_key(report: EndReport) -> str:
    """What tells two stops of one session apart."""
    return digest(told_time(report), report.meter_wh)


def presented_key(token: PresentedToken | None) -> str:
    return token_key(token.value)[:255] if token else ""


def take_token(session: Session, token: PresentedToken, authorization: Authorization) -> None:
    """The session is this token's: it is the one that is billed."""
    session.token_key = presented_key(token)
    session.token_type = token.type[:20]
    session.token_id = authorization.token_id
    session.driver_id = authorization.driver_id
    session.authorization_status = authorization.status


def fill_in(session: Session, report: StartReport | UpdateReport | EndReport) -> None:
    """What is not known yet is taken from the report; what an earlier message told stays."""
    for name in ("evse_number", "connector_number", "reservation_id", "remote_start_id"):
        if not getattr(session, name):
            setattr(session, name, getattr(report, name, None))
    session.was_offline |= report.is_offline


def is_authorized(session: Session) -> bool:
    return session.authorization_status == AuthorizationStatus.ACCEPTED


def note_skew(session: Session, what: str, reported_at: datetime, trusted: Trusted) -> None:
    """Open an anomaly when we had to take our own time."""
    if not trusted.is_skewed:
        return
    open_session_anomaly(
        session,
        AnomalyKind.CLOCK_SKEW,
        f"The station says the session {what} at {reported_at:%Y-%m-%d %H:%M:%S} UTC, which cannot be.",
        fingerprint=what,
        proposal=f"Keep the time of its arrival, {trusted.at:%Y-%m-%d %H:%M:%S} UTC.",
        evidence={"event": what, "reported_at": reported_at.isoformat(), "used_at": trusted.at.isoformat()},
    )


def remembered(session: Session) -> OngoingSession:
    return OngoingSession(
        session_id=session.pk,
        transaction_id=session.transaction_id,
        evse_number=session.evse_number,
        started_at=session.started_at,
        status=SessionStatus(session.status),
    )


def outcome(session: Session, authorization: Authorization | None = None) -> Outcome:
    return Outcome(
        session=remembered(session),
        authorization=authorization,
        is_ended=session.ended_at is not None,
        energy_wh=session.energy_wh,
    )


def tell_browsers(session: Session, **values: Any) -> None:
    publish(
        f"station:{session.station_id}",
        f"session:{session.pk}",
        f"organization:{session.organization_id}",
        kind="session",
        session=session.pk,
        station=session.station_id,
        evse=session.evse_number,
        status=session.status,
        energy_wh=session.energy_wh,
        **values,
    )


def announce_start(session: Session) -> None:
    _record("session.started", session)
    transaction.on_commit(partial(session_started.send_robust, sender=Session, session_id=session.pk))
    tell_browsers(session)


def announce_end(session: Session) -> None:
    _record("session.ended", session)
    transaction.on_commit(partial(session_ended.send_robust, sender=Session, session_id=session.pk))
    tell_browsers(session)


def _record(kind: str, session: Session) -> None:
    record_event(kind, organization_id=session.organization_id, station_id=session.station_id, subject_id=session.pk)
