"""Staff answer an anomaly: accept the repair we propose, or dismiss it. Both are audited."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from charging.clock import trusted_time
from charging.errors import AnomalyAlreadyClosed
from charging.evidence import report_of
from charging.models import Session, SessionAnomaly
from charging.services.closing import close
from charging.services.energy import believed_energy_wh, judge, note_flags
from charging.services.sessions import announce_end, announce_start, lock_sessions_of, presented_key, tell_browsers
from charging.states import AnomalyKind, AnomalyStatus, SessionStatus
from drivers.models import IdToken
from live.publish import publish

# OCPP 1.6 Reason, OCPP 2.0.1 ReasonEnumType: none of the station's reasons is true.
REPAIRED = "Other"


@transaction.atomic
def accept_anomaly(*, anomaly: SessionAnomaly, by: User, reason: str) -> Session | None:
    """Carry out the repair and close the anomaly; the session it concerns. Raises AnomalyAlreadyClosed.

    Kinds without a repair of their own keep what the station said.
    """
    lock_sessions_of(anomaly.station_id)
    close_anomaly(anomaly, AnomalyStatus.ACCEPTED, by, reason)
    repair = REPAIRS.get(AnomalyKind(anomaly.kind))
    session = repair(anomaly) if repair else anomaly.session
    if session is not None and anomaly.session_id is None:
        anomaly.session = session
        anomaly.save(update_fields=["session"])
    audit_decision(anomaly, "anomaly accepted", by, reason, session)
    return session


@transaction.atomic
def dismiss_anomaly(*, anomaly: SessionAnomaly, by: User, reason: str) -> None:
    """Close it without a repair. Raises AnomalyAlreadyClosed."""
    close_anomaly(anomaly, AnomalyStatus.DISMISSED, by, reason)
    audit_decision(anomaly, "anomaly dismissed", by, reason, anomaly.session)


def close_anomaly(anomaly: SessionAnomaly, status: AnomalyStatus, by: User, reason: str) -> None:
    now = timezone.now()
    closed = SessionAnomaly.objects.filter(pk=anomaly.pk, status=AnomalyStatus.OPEN).update(
        status=status, closed_at=now, closed_by=by, closing_reason=reason[:300]
    )
    if not closed:
        raise AnomalyAlreadyClosed(anomaly)
    anomaly.status, anomaly.closed_at, anomaly.closed_by, anomaly.closing_reason = status, now, by, reason[:300]


def audit_decision(
    anomaly: SessionAnomaly, action: str, by: User, reason: str, session: Session | None, **more: Any
) -> None:
    record(
        actor=by,
        action=action,
        target=anomaly,
        kind=anomaly.kind,
        reason=reason,
        proposal=anomaly.proposal,
        session=session.pk if session else None,
        energy_wh=session.energy_wh if session else None,
        **more,
    )
    publish(
        f"organization:{anomaly.organization_id}",
        f"station:{anomaly.station_id}",
        kind="anomaly",
        anomaly=anomaly.pk,
        station=anomaly.station_id,
    )


def _locked(anomaly: SessionAnomaly) -> Session:
    """The session of an anomaly that has one."""
    return Session.objects.select_for_update(of=("self",), no_key=True).select_related("station").get(anomalies=anomaly)


def _end_at_last_sign(anomaly: SessionAnomaly) -> Session:
    """A missing stop: the session ends with its last reading, or when we last heard of it."""
    session = _locked(anomaly)
    if session.ended_at is not None:
        return session
    session.ended_at = max(session.started_at, session.last_reading_at or session.updated_at)
    session.status = SessionStatus.ENDED
    session.stop_reason = REPAIRED
    verdict = judge(session)
    session.energy_wh = verdict.energy_wh
    session.save()
    note_flags(session, verdict)
    announce_end(session)
    return session


def _create_from_stop(anomaly: SessionAnomaly) -> Session | None:
    """A stop without a start: the session it ended, if it came with the readings of its begin."""
    told = anomaly.evidence
    if told["begin_at"] is None:
        return None
    report = report_of(anomaly)
    token = IdToken.objects.filter(pk=told["token_id"]).first() if told["token_id"] else None
    session = Session.objects.create(
        organization_id=anomaly.organization_id,
        station=anomaly.station,
        transaction_id=f"repair-{anomaly.pk}",
        evse_number=anomaly.evse_number,
        token=token,
        token_key=presented_key(report.token),
        token_type=token.type if token else "",
        driver_id=token.driver_id if token else None,
        authorization_status=told["authorization"],
        started_at=min(_begin_of(told), trusted_time(report.at, report.received_at).at),
        was_offline=report.is_offline,
        meter_start_wh=told["meter_start_wh"],
    )
    announce_start(session)
    close(session, report)
    return session


def _begin_of(told: dict[str, Any]) -> datetime:
    return trusted_time(datetime.fromisoformat(told["begin_at"]), datetime.fromisoformat(told["received_at"])).at


def _take_stations_end(anomaly: SessionAnomaly) -> Session:
    """A second stop counts only where the first end was not the station's but staff's."""
    session, told = _locked(anomaly), anomaly.evidence
    if not told["replaces_repair"]:
        return session
    received_at = datetime.fromisoformat(told["received_at"])
    session.ended_at = max(session.started_at, trusted_time(datetime.fromisoformat(told["ended_at"]), received_at).at)
    session.end_received_at = received_at
    session.meter_stop_wh = told["meter_stop_wh"]
    session.stop_reason = told["reason"][:40]
    verdict = judge(session)
    session.energy_wh = verdict.energy_wh
    session.save()
    note_flags(session, verdict)
    tell_browsers(session)
    return session


def _believe_meter(anomaly: SessionAnomaly) -> Session:
    """A register that jumped: what the station said, stop minus start, counts after all."""
    session = _locked(anomaly)
    believed = believed_energy_wh(session)
    if believed is not None and believed != session.energy_wh:
        session.energy_wh = believed
        session.save(update_fields=["energy_wh"])
        tell_browsers(session)
    return session


REPAIRS: dict[AnomalyKind, Callable[[SessionAnomaly], Session | None]] = {
    AnomalyKind.MISSING_STOP: _end_at_last_sign,
    AnomalyKind.ORPHAN_STOP: _create_from_stop,
    AnomalyKind.CONFLICTING_STOP: _take_stations_end,
    AnomalyKind.REGISTER_JUMP: _believe_meter,
}
