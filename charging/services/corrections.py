"""Staff answer an anomaly with values of their own: energy, times or person."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from charging.errors import CannotCorrect
from charging.models import Session, SessionAnomaly
from charging.services.repairs import audit_decision, close_anomaly
from charging.services.sessions import announce_end, lock_sessions_of, tell_browsers
from charging.states import AnomalyStatus, SessionStatus
from drivers.models import IdToken

MOST_ENERGY_WH = 2_000_000
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Correction:
    """What should be true of the session; None leaves a value as it is."""

    energy_wh: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    token: IdToken | None = None

    @property
    def told(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


@transaction.atomic
def correct_anomaly(*, anomaly: SessionAnomaly, correction: Correction, by: User, reason: str) -> Session:
    """Write the values to the session and close the anomaly. Raises CannotCorrect, AnomalyAlreadyClosed.

    What the station reported, registers and readings, stays as it is.
    """
    lock_sessions_of(anomaly.station_id)
    if anomaly.session_id is None:
        raise CannotCorrect("No session belongs to this anomaly, so there is nothing to correct.")
    session = Session.objects.select_for_update(of=("self",), no_key=True).get(pk=anomaly.session_id)
    before = {name: getattr(session, name) for name in correction.told}
    _check(session, correction)
    was_ongoing = session.is_ongoing
    _write(session, correction)
    close_anomaly(anomaly, AnomalyStatus.CORRECTED, by, reason)
    if was_ongoing and not session.is_ongoing:
        announce_end(session)
    else:
        tell_browsers(session)
    audit_decision(
        anomaly, "anomaly corrected", by, reason, session, before=_plain(before), after=_plain(correction.told)
    )
    return session


def _check(session: Session, correction: Correction) -> None:
    if not correction.told:
        raise CannotCorrect("Enter at least one value.")
    if correction.energy_wh is not None and not 0 <= correction.energy_wh <= MOST_ENERGY_WH:
        raise CannotCorrect(f"A session has between 0 and {MOST_ENERGY_WH // 1000} kWh.")
    if correction.token is not None and correction.token.organization_id != session.organization_id:
        raise CannotCorrect("The token belongs to another organization.")
    started_at = correction.started_at or session.started_at
    ended_at = correction.ended_at or session.ended_at
    if ended_at is not None and ended_at < started_at:
        raise CannotCorrect("The session would end before it starts.")
    if max(started_at, ended_at or started_at) > timezone.now() + AHEAD:
        raise CannotCorrect("That time is still to come.")


def _write(session: Session, correction: Correction) -> None:
    for name, value in correction.told.items():
        setattr(session, name, value)
    if correction.token is not None:
        session.token_key, session.token_type = correction.token.key, correction.token.type
        session.driver = correction.token.driver
    if session.ended_at is not None:
        session.status = SessionStatus.ENDED
    session.save()


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """A token by its label: its value is nobody's business in the trail."""
    return {name: value if isinstance(value, int) else str(value) for name, value in values.items()}
