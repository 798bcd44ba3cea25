"""Sessions, their readings, and what was odd about them."""

from charging.models.anomaly import SessionAnomaly
from charging.models.load import LoadSample
from charging.models.reading import MeterReading, SignatureReport, SignedReading
from charging.models.reservation import Reservation
from charging.models.session import Session, SessionEvent

__all__ = [
    "LoadSample",
    "MeterReading",
    "Reservation",
    "Session",
    "SessionAnomaly",
    "SessionEvent",
    "SignatureReport",
    "SignedReading",
]
