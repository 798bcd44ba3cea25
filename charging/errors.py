"""What can be wrong about a wish concerning sessions. Doors turn these into their own words."""

from charging.models import Reservation, Session, SessionAnomaly
from drivers.tokens import Authorization


class ChargingError(Exception):
    """Says in one sentence, for people, what is wrong."""


class TokenRefused(ChargingError):
    """``authorization`` has the status and the reason."""

    def __init__(self, authorization: Authorization) -> None:
        super().__init__(f"This token may not charge here: {authorization.reason}.")
        self.authorization = authorization


class SessionAlreadyEnded(ChargingError):
    def __init__(self, session: Session) -> None:
        super().__init__("The session has ended already.")
        self.session = session


class AnomalyAlreadyClosed(ChargingError):
    def __init__(self, anomaly: SessionAnomaly) -> None:
        super().__init__("Somebody, or a later message, has closed this anomaly already.")
        self.anomaly = anomaly


class CannotCorrect(ChargingError):
    """The values cannot be true, or there is nothing they could correct."""


class CannotReserve(ChargingError):
    """The station cannot keep this place, or not until then."""


class ReservationEnded(ChargingError):
    def __init__(self, reservation: Reservation) -> None:
        super().__init__(f"The reservation is over: {reservation.get_status_display().lower()}.")
        self.reservation = reservation
