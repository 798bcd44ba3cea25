"""The review queue: what could not be placed or cannot be right. Opened once a fact, closed by itself or by staff."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from charging.models import Session, SessionAnomaly
from charging.states import AnomalyKind, AnomalyStatus
from live.events import record_event
from live.publish import publish
from stations.models import ChargingStation


def open_anomaly(
    *,
    kind: AnomalyKind,
    station: ChargingStation,
    fingerprint: str,
    summary: str,
    proposal: str = "",
    evidence: dict[str, Any] | None = None,
    session: Session | None = None,
    evse_number: int | None = None,
) -> bool:
    """Put it in the queue, unless it is there or staff have closed it; whether it is new. No token in ``evidence``."""
    anomaly, is_new = SessionAnomaly.objects.get_or_create(
        station=station,
        kind=kind,
        fingerprint=fingerprint,
        defaults={
            "organization_id": station.organization_id,
            "session": session,
            "evse_number": evse_number or (session.evse_number if session else None),
            "summary": summary[:300],
            "proposal": proposal[:300],
            "evidence": evidence or {},
        },
    )
    if anomaly.status == AnomalyStatus.RESOLVED:
        is_new = True
        _reopen(anomaly)
    if is_new:
        record_event(
            "anomaly.opened", organization_id=station.organization_id, station_id=station.pk, subject_id=anomaly.pk
        )
        publish(
            f"organization:{station.organization_id}",
            f"station:{station.pk}",
            kind="anomaly",
            anomaly=anomaly.pk,
            station=station.pk,
        )
    return is_new


def _reopen(anomaly: SessionAnomaly) -> None:
    """It had answered itself, and then it turned out that it had not."""
    anomaly.status, anomaly.closed_at, anomaly.closing_reason = AnomalyStatus.OPEN, None, ""
    anomaly.save(update_fields=["status", "closed_at", "closing_reason"])


def open_session_anomaly(
    session: Session,
    kind: AnomalyKind,
    summary: str,
    *,
    fingerprint: str = "",
    proposal: str = "",
    evidence: dict[str, Any] | None = None,
) -> bool:
    """One of its kind for a session, unless ``fingerprint`` tells several apart. Reads ``session.station``."""
    return open_anomaly(
        kind=kind,
        station=session.station,
        fingerprint=f"{session.pk}:{fingerprint}" if fingerprint else str(session.pk),
        summary=summary,
        proposal=proposal,
        evidence=evidence,
        session=session,
    )


def resolve_anomalies(session: Session, kinds: Iterable[AnomalyKind], reason: str) -> int:
    """Close what answered itself; the count of what was open."""
    return SessionAnomaly.objects.filter(session=session, kind__in=kinds, status=AnomalyStatus.OPEN).update(
        status=AnomalyStatus.RESOLVED, closed_at=timezone.now(), closing_reason=reason[:300]
    )
