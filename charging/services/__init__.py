"""Every change of a session is one of these functions, in one transaction, announced on commit."""

from charging.anomalies import open_anomaly, resolve_anomalies
from charging.services.connectors import follow_connectors
from charging.services.corrections import Correction, correct_anomaly
from charging.services.ends import end_session
from charging.services.load import record_load
from charging.services.places import ongoing_sessions, place_readings
from charging.services.polling import poll_readings
from charging.services.recording import record_readings
from charging.services.remote import remote_start, remote_stop
from charging.services.repairs import accept_anomaly, dismiss_anomaly
from charging.services.reservations import (
    cancel_reservation,
    confirm_cancellation,
    confirm_reservation,
    end_reservation,
    expire_reservations,
    follow_reservation,
    follow_reservations,
    reserve,
)
from charging.services.retention import roll_readings
from charging.services.signatures import check_again, check_signatures, transparency_of
from charging.services.silence import flag_silent_sessions
from charging.services.starts import start_session
from charging.services.unreported import flag_unreported_starts
from charging.services.updates import update_session

__all__ = [
    "Correction",
    "accept_anomaly",
    "cancel_reservation",
    "check_again",
    "check_signatures",
    "confirm_cancellation",
    "confirm_reservation",
    "correct_anomaly",
    "dismiss_anomaly",
    "end_reservation",
    "end_session",
    "expire_reservations",
    "flag_silent_sessions",
    "flag_unreported_starts",
    "follow_connectors",
    "follow_reservation",
    "follow_reservations",
    "ongoing_sessions",
    "open_anomaly",
    "place_readings",
    "poll_readings",
    "record_load",
    "record_readings",
    "remote_start",
    "remote_stop",
    "reserve",
    "resolve_anomalies",
    "roll_readings",
    "start_session",
    "transparency_of",
    "update_session",
]
