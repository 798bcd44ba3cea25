"""A session's energy, decided again from everything that is stored of it."""

from datetime import UTC, datetime, timedelta

from django.db.models import Q

from charging.anomalies import open_session_anomaly, resolve_anomalies
from charging.clock import MAX_AHEAD
from charging.models import MeterReading, Session
from charging.readings import MeterEvidence, Verdict, interval_energy_wh, registers, session_energy
from charging.reports import Sample
from charging.states import AnomalyKind, AnomalyStatus, Location, Measurand, Phase, ReadingContext
from drivers.states import AuthorizationStatus
from stations.models import ChargingStation
from stations.traits import Trait

# Readings may be a little older than the start they belong to: it was sampled, then reported.
BEFORE_START = timedelta(hours=1)
WITHOUT_CLOCK = datetime(2015, 1, 1, tzinfo=UTC)

METER_KINDS = frozenset({AnomalyKind.REGISTER_DECREASE, AnomalyKind.REGISTER_JUMP, AnomalyKind.MISSING_REGISTER})
SUMMARIES: dict[AnomalyKind, str] = {
    AnomalyKind.REGISTER_DECREASE: "The meter went backwards: from {start} to {stop}.",
    AnomalyKind.REGISTER_JUMP: "The meter jumped further than energy can flow: from {start} to {stop}.",
    AnomalyKind.MISSING_REGISTER: "The station sent no two meter readings to tell the energy from.",
}


def energy_samples(session: Session) -> list[Sample]:
    """The stored energy readings of a session. Index: the key of MeterReading, therefore EVSE and times are named."""
    rows = MeterReading.objects.filter(
        _times_of(session),
        station_id=session.station_id,
        evse_number__in={0, session.evse_number or 0},
        session_id=session.pk,
        measurand__in=(Measurand.ENERGY_IMPORT_REGISTER, Measurand.ENERGY_IMPORT_INTERVAL),
        location=Location.OUTLET,
    ).values_list("at", "measurand", "value", "phase", "location", "context")
    return [
        Sample(at, Measurand(measurand), value, Phase(phase), Location(location), ReadingContext(context))
        for at, measurand, value, phase, location, context in rows
    ]


def _times_of(session: Session) -> Q:
    """Around the session by the station's clock; all times where we had to take our own for the start."""
    if _is_ours(session.started_at, session.start_received_at):
        return Q()
    return Q(at__gte=session.started_at - BEFORE_START) | Q(at__lt=WITHOUT_CLOCK)


def _is_ours(at: datetime | None, received_at: datetime | None) -> bool:
    """A station's clock never agrees with ours to the microsecond: then we took the time of the arrival."""
    return at is not None and at == received_at


def judge(session: Session) -> Verdict:
    """What the registers tell of the session as it is in memory. What was read after its end is left out."""
    samples = energy_samples(session)
    points = registers(samples)
    has_own_times = not (
        _is_ours(session.started_at, session.start_received_at) or _is_ours(session.ended_at, session.end_received_at)
    )
    ended_at = session.ended_at if has_own_times else None
    if ended_at is not None:
        points = [point for point in points if point.at <= ended_at + MAX_AHEAD]
    return session_energy(
        MeterEvidence(
            started_at=session.started_at,
            ended_at=ended_at,
            meter_start_wh=counted_from(session.station, session.meter_start_wh),
            meter_stop_wh=session.meter_stop_wh,
            registers=points,
            interval_wh=interval_energy_wh(samples),
        )
    )


def counted_from(station: ChargingStation, meter_start_wh: int | None) -> int | None:
    """Where the registers of a session count from: what the start tells, unless the meter is known to begin anew."""
    return 0 if Trait.SESSION_REGISTER in station.traits else meter_start_wh


def note_flags(session: Session, verdict: Verdict) -> None:
    """Open an anomaly for each thing that is odd about an ended session's energy and person."""
    for kind in sorted(verdict.flags):
        open_session_anomaly(
            session,
            kind,
            SUMMARIES[kind].format(start=_wh(session.meter_start_wh), stop=_wh(session.meter_stop_wh)),
            proposal=_proposal(kind, session, verdict),
            evidence={
                "meter_start_wh": session.meter_start_wh,
                "meter_stop_wh": session.meter_stop_wh,
                "energy_wh": verdict.energy_wh,
            },
        )
    if verdict.energy_wh > 0 and is_unauthorized(session):
        open_session_anomaly(
            session,
            AnomalyKind.REFUSED_ENERGY,
            f"{_wh(verdict.energy_wh)} were delivered {_without_whom(session)}.",
            proposal="Keep the session as it is.",
            evidence={"energy_wh": verdict.energy_wh, "authorization": session.authorization_status},
        )


def is_unauthorized(session: Session) -> bool:
    """Without a start that came we cannot know, and that is an anomaly of its own."""
    return session.start_received_at is not None and session.authorization_status != AuthorizationStatus.ACCEPTED


def recalculate(session: Session) -> None:
    """Judge an ended session again after something came late, unless staff did. The caller has locked it."""
    if session.anomalies.filter(kind__in=METER_KINDS, status=AnomalyStatus.ACCEPTED).exists():
        return
    verdict = judge(session)
    resolve_anomalies(session, METER_KINDS - verdict.flags, "Readings that came later explain it.")
    note_flags(session, verdict)
    if verdict.energy_wh != session.energy_wh:
        session.energy_wh = verdict.energy_wh
        session.save(update_fields=["energy_wh"])


def _proposal(kind: AnomalyKind, session: Session, verdict: Verdict) -> str:
    believed = believed_energy_wh(session)
    if kind == AnomalyKind.REGISTER_JUMP and believed is not None:
        return f"Believe the meter: {_wh(believed)} instead of {_wh(verdict.energy_wh)}."
    return f"Keep {_wh(verdict.energy_wh)}, as the readings tell."


def believed_energy_wh(session: Session) -> int | None:
    """Stop minus start, when the station told both and they rise."""
    if session.meter_start_wh is None or session.meter_stop_wh is None:
        return None
    difference = session.meter_stop_wh - session.meter_start_wh
    return difference if difference >= 0 else None


def _without_whom(session: Session) -> str:
    if not session.authorization_status:
        return "without any token"
    return f"although the token was refused ({session.get_authorization_status_display()})"


def _wh(energy_wh: int | None) -> str:
    return "nothing" if energy_wh is None else f"{energy_wh / 1000:,.3f} kWh"
