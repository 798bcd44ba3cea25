"""Whether all events of an OCPP 2.x transaction came (OCPP 2.0.1 Part 2 §1.3.2)."""

from collections.abc import Iterator

from charging.anomalies import open_session_anomaly, resolve_anomalies
from charging.models import Session, SessionEvent
from charging.states import AnomalyKind

SHOWN_NUMBERS = 20


def check_sequence(session: Session) -> None:
    """Of an ended session whose start came: flag what is missing, or close the flag when nothing is any more."""
    if session.start_received_at is None or session.end_received_at is None:
        return
    missing = list(missing_numbers(session))
    if not missing:
        resolve_anomalies(session, [AnomalyKind.SEQUENCE_GAP], "The missing messages came later.")
        return
    open_session_anomaly(
        session,
        AnomalyKind.SEQUENCE_GAP,
        f"{len(missing)} of the station's messages about this session did not arrive.",
        proposal="Keep the session as the other messages tell it.",
        evidence={"missing": missing[:SHOWN_NUMBERS], "count": len(missing)},
    )


def missing_numbers(session: Session) -> Iterator[int]:
    """Numbers between the first and the last event that no event has.

    Some stations count on from session to session; then the numbers of other sessions are not missing in this one.
    """
    numbers = set(session.events.values_list("sequence_number", flat=True))
    if not numbers:
        return
    lowest, highest = min(numbers), max(numbers)
    if highest - lowest + 1 == len(numbers):
        return
    if lowest > 0:
        others = SessionEvent.objects.filter(
            session__station_id=session.station_id, sequence_number__range=(lowest, highest)
        )
        numbers |= set(others.values_list("sequence_number", flat=True))
    yield from (number for number in range(lowest, highest) if number not in numbers)
