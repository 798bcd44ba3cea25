"""Stops that name no session of ours: placed only where nothing else is possible, else kept as evidence."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from charging.anomalies import open_anomaly
from charging.clock import trusted_time
from charging.evidence import evidence_of, report_of
from charging.models import Session, SessionAnomaly
from charging.reports import EndReport
from charging.services.closing import close
from charging.services.sessions import digest, presented_key, stop_key, told_time
from charging.states import AnomalyKind, AnomalyStatus
from drivers.tokens import Authorization
from stations.models import ChargingStation


def repeated_stop(report: EndReport) -> Session | None:
    """The session that this very stop ended before, although it does not name it."""
    token_key = presented_key(report.token)
    running = Session.objects.ongoing().filter(station_id=report.station_id, token_key=token_key)
    if not told_time(report) and running.exists():
        return None  # Without a time it may as well be the stop of the one that runs.
    return (
        Session.objects.ended()
        .select_for_update(of=("self",), no_key=True)
        .select_related("station__organization")
        .filter(
            station_id=report.station_id,
            stop_key=stop_key(report),
            stop_token_key=token_key,
        )
        .first()
    )


def is_known_orphan(report: EndReport) -> bool:
    return SessionAnomaly.objects.filter(
        station_id=report.station_id, kind=AnomalyKind.ORPHAN_STOP, fingerprint=_fingerprint(report)
    ).exists()


def only_candidate(report: EndReport, authorization: Authorization | None) -> Session | None:
    """The one ongoing session this stop can mean: same token or group, same EVSE, earlier start, lower meter."""
    if not presented_key(report.token):
        return None
    candidates = list(_candidates(report, authorization)[:2])
    return candidates[0] if len(candidates) == 1 else None


def _candidates(report: EndReport, authorization: Authorization | None) -> QuerySet[Session]:
    owned = Q(token_key=presented_key(report.token))
    if authorization and authorization.group_id:
        owned |= Q(token__group__group_id=authorization.group_id)
    candidates = (
        Session.objects.ongoing()
        .select_for_update(of=("self",), no_key=True)
        .select_related("station__organization")
        .filter(owned, station_id=report.station_id)
        .filter(started_at__lte=trusted_time(report.at, report.received_at).at)
    )
    if report.evse_number is not None:
        candidates = candidates.filter(evse_number=report.evse_number)
    if report.meter_wh is not None:
        candidates = candidates.filter(Q(meter_start_wh=None) | Q(meter_start_wh__lte=report.meter_wh))
    return candidates.order_by("pk")


def keep_orphan(station: ChargingStation, report: EndReport, authorization: Authorization | None) -> None:
    """Into the review queue, with all that a repair needs."""
    named = "no transaction" if report.transaction_id is None else f"transaction {report.transaction_id}"
    evidence = evidence_of(report, authorization)
    open_anomaly(
        kind=AnomalyKind.ORPHAN_STOP,
        station=station,
        evse_number=report.evse_number,
        fingerprint=_fingerprint(report),
        summary=f"The station ended {named}, which fits no running session for certain.",
        proposal=proposal_for(evidence),
        evidence=evidence,
    )


def _fingerprint(report: EndReport) -> str:
    return digest(report.transaction_id, presented_key(report.token), told_time(report), report.meter_wh)


def proposal_for(evidence: dict[str, object]) -> str:
    """Without a begin there is nothing to make a session of."""
    if evidence.get("begin_at") is None:
        return ""
    return f"Create the session from the readings it came with, from {evidence['begin_at']} on."


def adopt_orphan_stop(session: Session) -> None:
    """A start that arrives after its stop ends at once, if the stop can only be its own."""
    if session.token_id is None:
        return
    stops = [
        (anomaly, report)
        for anomaly in SessionAnomaly.objects.filter(
            station_id=session.station_id,
            kind=AnomalyKind.ORPHAN_STOP,
            status=AnomalyStatus.OPEN,
            evidence__token_id=session.token_id,
        )
        if _could_end(session, report := report_of(anomaly))
    ]
    if len(stops) != 1:
        return
    anomaly, report = stops[0]
    close(session, report)
    SessionAnomaly.objects.filter(pk=anomaly.pk).update(
        status=AnomalyStatus.RESOLVED,
        session=session,
        closed_at=timezone.now(),
        closing_reason="The start came after all.",
    )


def _could_end(session: Session, report: EndReport) -> bool:
    has_time = session.started_at <= trusted_time(report.at, report.received_at).at
    has_place = report.evse_number in {None, session.evse_number}
    has_meter = report.meter_wh is None or session.meter_start_wh is None or session.meter_start_wh <= report.meter_wh
    return has_time and has_place and has_meter
