"""Whether all events of an OCPP 2.x transaction came (OCPP 2.0.1 Part 2 §1.3.2)."""

from itertools import islice

from charging.anomalies import open_session_anomaly, resolve_anomalies
from charging.models import Session, SessionEvent
from charging.states import AnomalyKind

SHOWN_NUMBERS = 20


def check_sequence(session: Session) -> None:
    """Of an ended session whose start came: flag what is missing, or close the flag when nothing is any more."""
    if session.start_received_at is None or session.end_received_at is None:
        return
    count, missing = missing_numbers(session)
    if not count:
        resolve_anomalies(session, [AnomalyKind.SEQUENCE_GAP], "The missing messages came later.")
        return
    open_session_anomaly(
        session,
        AnomalyKind.SEQUENCE_GAP,
        f"{count} of the station's messages about this session did not arrive.",
        proposal="Keep the session as the other messages tell it.",
        evidence={"missing": missing, "count": count},
    )


def missing_numbers(session: Session) -> tuple[int, list[int]]:
    """How many numbers between the first and the last event no event has, and the first few of them.

    Some stations count on from session to session; then the numbers of other sessions are not missing in this one.
    """
    numbers = set(session.events.filter(sequence_number__gte=0).values_list("sequence_number", flat=True))
    if not numbers:
        return 0, []
    lowest, highest = min(numbers), max(numbers)
    if lowest > 0 and highest - lowest >= len(numbers):
        numbers |= _numbers_of_others(session, lowest, highest)
    missing = (number for number in range(lowest, highest) if number not in numbers)
    return highest - lowest + 1 - len(numbers), list(islice(missing, SHOWN_NUMBERS))


def _numbers_of_others(session: Session, lowest: int, highest: int) -> set[int]:
    others = SessionEvent.objects.filter(
        session__station_id=session.station_id, sequence_number__range=(lowest, highest)
    )
    return set(others.values_list("sequence_number", flat=True))
