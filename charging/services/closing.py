"""Ending a session that runs: the one place where an end is written."""

from datetime import timedelta

from charging.anomalies import open_session_anomaly, resolve_anomalies
from charging.clock import Trusted, trusted_time
from charging.models import Session
from charging.readings import marked_register, registers
from charging.reports import EndReport
from charging.services.energy import judge, note_flags
from charging.services.recording import keep, show
from charging.services.sequence import check_sequence
from charging.services.sessions import announce_end, fill_in, note_skew, presented_key, stop_key
from charging.states import AnomalyKind, ReadingContext, SessionStatus

AT_THE_END = timedelta(seconds=2)


def close(session: Session, report: EndReport) -> None:
    """End a locked, ongoing session by the station's word."""
    ended = end_time(session, report)
    _write_end(session, report, ended)
    keep(session, report.samples, report.received_at, report.place)
    show(session, report.samples.plain, report.received_at)
    verdict = judge(session)
    session.energy_wh = verdict.energy_wh
    session.register_wh = session.register_wh if session.meter_stop_wh is None else session.meter_stop_wh
    session.save()
    note_skew(session, "ended", report.at, ended)
    note_flags(session, verdict)
    if resolve_anomalies(session, [AnomalyKind.MISSING_STOP], "The stop came after all."):
        note_overlap(session)
    if report.place is not None:
        check_sequence(session)
    announce_end(session)


def end_time(session: Session, report: EndReport) -> Trusted:
    """The station's time, unless it cannot be true: not even an end before the start can."""
    ended = trusted_time(report.at, report.received_at)
    if ended.at < session.started_at:
        return Trusted(max(report.received_at, session.started_at), is_skewed=True)
    return ended


def meter_stop_wh(report: EndReport) -> int | None:
    """As told, or read at the end. An older reading is none: a later one may still be in the station's queue."""
    if report.meter_wh is not None:
        return report.meter_wh
    end = marked_register(report.samples.plain, ReadingContext.END)
    if end is None:
        last = registers(report.samples.plain)[-1:]
        end = next((point for point in last if point.at >= report.at - AT_THE_END), None)
    return round(end.value) if end else None


def _write_end(session: Session, report: EndReport, ended: Trusted) -> None:
    fill_in(session, report)
    session.status = SessionStatus.ENDED
    session.ended_at = ended.at
    session.end_received_at = report.received_at
    session.meter_stop_wh = meter_stop_wh(report)
    session.stop_reason = report.reason[:40]
    session.stop_token_key = presented_key(report.token)
    session.stop_key = stop_key(report)
    session.updated_at = max(session.updated_at, report.received_at)


def note_overlap(session: Session) -> None:
    """Two cars cannot charge at one EVSE at a time: one of the times is wrong."""
    if session.evse_number is None or session.ended_at is None:
        return
    overlapping = (
        Session.objects.filter(
            station_id=session.station_id,
            evse_number=session.evse_number,
            started_at__gt=session.started_at,
            started_at__lt=session.ended_at,
        )
        .order_by("started_at")
        .first()
    )
    if overlapping is not None:
        began_at = f"{overlapping.started_at:%Y-%m-%d %H:%M:%S}"
        open_session_anomaly(
            session,
            AnomalyKind.OVERLAP,
            f"It ended after another session had begun at the same EVSE, at {began_at} UTC.",
            proposal="Keep both sessions as the station told them.",
            evidence={"other_session": overlapping.pk, "other_started_at": overlapping.started_at.isoformat()},
        )
