"""Why a session has no energy: each reason with what shows it, and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from charging.models import MeterReading, Session, SessionAnomaly
from charging.states import AnomalyKind, AnomalyStatus, Measurand
from drivers.states import AuthorizationStatus
from stations.models import StatusInterval
from stations.reasons import Reason
from stations.states import ConnectorStatus

# What is shown as 0.00 kWh.
NOTHING_WH = 5
SOON = timedelta(minutes=2)
MARGIN = timedelta(hours=1)
STATUSES_READ = 200
UNPLACED = (AnomalyKind.UNKNOWN_TRANSACTION, AnomalyKind.ORPHAN_STOP, AnomalyKind.UNREPORTED_START)
OF_METER = (AnomalyKind.REGISTER_DECREASE, AnomalyKind.REGISTER_JUMP, AnomalyKind.MISSING_REGISTER)
PAUSES: dict[str, tuple[str, str]] = {
    ConnectorStatus.SUSPENDED_EV: (
        "The car took nothing",
        "Nothing is wrong with the charger: the car is full, waits for its own timer, or is not ready. Ask the driver.",
    ),
    ConnectorStatus.SUSPENDED_EVSE: (
        "The charger gave nothing",
        "It was limited or paused. See what limits it on the station’s page, and clear what should not be there.",
    ),
    ConnectorStatus.FAULTED: ("The connector was faulted", "See its fault on the station’s page."),
}


@dataclass(frozen=True, slots=True)
class Registers:
    """What the meter told within a session."""

    count: int
    lowest_wh: float | None
    highest_wh: float | None
    others: int
    """Values of other measurands."""


def why_no_energy(session: Session) -> list[Reason]:
    """The likeliest first. Empty where energy flowed, or where it is too early to tell."""
    until = session.ended_at or timezone.now()
    if session.energy_wh >= NOTHING_WH or (session.is_ongoing and until - session.started_at < SOON):
        return []
    found = [
        *_of_card(session),
        *_of_anomalies(session),
        *_of_pauses(session, until),
        *_of_length(session, until),
        *_of_meter(session, until),
    ]
    return found or [Reason("Nothing that the station told explains it", "Look at its messages of that time.")]


def _of_card(session: Session) -> Iterator[Reason]:
    status = session.authorization_status
    if status and status != AuthorizationStatus.ACCEPTED:
        told = AuthorizationStatus(status).label.lower()
        yield Reason(
            "The card was refused, so the charger gave nothing",
            "Look at the token: who may charge here is decided there.",
            f"The answer to the card was “{told}”.",
        )


def _of_anomalies(session: Session) -> Iterator[Reason]:
    """Energy may have flowed and be with nobody, or the meter tells nonsense."""
    until = session.ended_at or timezone.now()
    of_session = Q(session=session, kind__in=OF_METER)
    beside = Q(station=session.station_id, session=None, kind__in=UNPLACED) & (
        Q(evse_number=None) | Q(evse_number=session.evse_number)
    )
    around = Q(opened_at__range=(session.started_at - MARGIN, until + MARGIN))
    rows = SessionAnomaly.objects.filter(of_session | (beside & around), status=AnomalyStatus.OPEN)
    for row in rows.order_by("session_id", "pk")[:3]:
        is_own = row.session_id is not None
        yield Reason(
            f"{AnomalyKind(row.kind).label}" if is_own else f"Its energy may be elsewhere: {row.get_kind_display()}",
            "Decide in the review queue." if is_own else "Decide in the review queue whether it belongs here.",
            row.summary,
            row.opened_at,
            anomaly_id=row.pk,
        )


def _of_pauses(session: Session, until: datetime) -> Iterator[Reason]:
    """What the connector showed the longest, if that explains it."""
    spans = [(lasted, row) for lasted, row in _statuses(session, until) if row.status in PAUSES]
    if spans:
        lasted, longest = max(spans, key=lambda span: span[0])
        what, advice = PAUSES[longest.status]
        evidence = f"The connector was “{longest.get_status_display().lower()}” for {_minutes(lasted)}"
        error = f", error {longest.error_code}" if longest.error_code not in ("", "NoError") else ""
        yield Reason(what, advice, f"{evidence}{error}.", longest.reported_at or longest.started_at)


def _statuses(session: Session, until: datetime) -> list[tuple[timedelta, StatusInterval]]:
    """Chosen by our clock, by which they are stored; measured by the station's, which told the session."""
    rows = StatusInterval.objects.filter(
        Q(ended_at=None) | Q(ended_at__gte=session.start_received_at or session.started_at),
        connector__evse__station=session.station_id,
        connector__evse__number=session.evse_number or 0,
        started_at__lte=session.end_received_at or timezone.now(),
    )
    if session.connector_number:
        rows = rows.filter(connector__number=session.connector_number)
    shown = list(rows.order_by("started_at")[:STATUSES_READ])
    begins = [max(row.reported_at or row.started_at, session.started_at) for row in shown]
    ends = [*begins[1:], until]
    # Where no status was ever told there is nothing to measure.
    return [(min(end, until) - begin, row) for row, begin, end in zip(shown, begins, ends, strict=False)]


def _of_meter(session: Session, until: datetime) -> Iterator[Reason]:
    told = _registers(session, until)
    at_ends = [wh for wh in (session.meter_start_wh, session.meter_stop_wh) if wh is not None]
    if not told.count and not told.others:
        ends = " Only the start and the end told a register." if len(at_ends) == 2 else ""
        yield Reason(
            "The station sent no meter values",
            "Set which values it sends, and how often, under Configuration; or let it be asked every minute by its "
            "vendor profile.",
            f"0 readings in {_minutes(until - session.started_at)}.{ends}",
        )
    elif not told.count:
        yield Reason(
            "The station sent no energy register",
            "Add Energy.Active.Import.Register to the measurands that it sends, under Configuration.",
            f"{told.others} values of other measurands came.",
        )
    values = [*at_ends, *(wh for wh in (told.lowest_wh, told.highest_wh) if wh is not None)]
    if len(values) > 1 and max(values) - min(values) < NOTHING_WH:
        yield Reason(
            "The meter stood still: no current flowed",
            "If the car says that it charged, the meter is not connected or broken.",
            f"The register was {values[0] / 1000:.2f} kWh all the time, by {told.count} readings.",
        )


def _of_length(session: Session, until: datetime) -> Iterator[Reason]:
    lasted = until - session.started_at
    if not session.is_ongoing and lasted < SOON:
        reason = f" by {session.stop_reason}" if session.stop_reason else ""
        yield Reason(
            "It ended before it began to charge",
            "If this comes again and again, watch one start on the station’s page.",
            f"It lasted {lasted.total_seconds():.0f} s and was ended{reason}.",
        )


def _registers(session: Session, until: datetime) -> Registers:
    rows = MeterReading.objects.filter(
        station_id=session.station_id,
        evse_number=session.evse_number or 0,
        at__range=(session.started_at - MARGIN, until + MARGIN),
        session_id=session.pk,
    )
    of_energy = Q(measurand=Measurand.ENERGY_IMPORT_REGISTER)
    told = rows.order_by().aggregate(
        count=Count("at", filter=of_energy),
        lowest=Min("value", filter=of_energy),
        highest=Max("value", filter=of_energy),
        others=Count("at", filter=~of_energy),
    )
    return Registers(told["count"], told["lowest"], told["highest"], told["others"])


def _minutes(lasted: timedelta) -> str:
    minutes = round(lasted.total_seconds() / 60)
    return f"{minutes} min" if minutes else "less than a minute"
