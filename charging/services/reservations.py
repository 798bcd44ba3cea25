"""A place is kept free for a token: asked for, confirmed, used, cancelled, over."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from charging.anomalies import open_session_anomaly
from charging.clock import is_writable
from charging.commands import CancelReservation, ReserveNow
from charging.errors import CannotReserve, ReservationEnded, TokenRefused
from charging.models import Reservation, Session
from charging.states import OPEN_RESERVATION_STATUSES, RESERVATION_MOVES, AnomalyKind, ReservationStatus
from drivers.models import IdToken
from drivers.services import decide
from drivers.tokens import Authorization, PresentedToken
from live.publish import publish
from stations.abilities import RESERVES_ANY_EVSE, is_refused, told
from stations.commands import DEFAULT_EXPIRY, send
from stations.models import ChargingStation, Command
from stations.reports import ConnectorChange
from stations.services import cancel_command
from stations.states import CommandStatus, ConnectorStatus

# Stations' clocks are this wrong without anybody noticing.
CLOCKS_DIFFER = timedelta(minutes=5)
# A start at the last moment is still on its way.
GRACE = timedelta(minutes=1)
# OCPP 1.6 §5.13, OCPP 2.0.1 H01.FR.16 and FR.17: these end the reservation of the place.
ENDING_STATUSES = frozenset({ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE})
AT_ONCE = 500


@transaction.atomic
def reserve(
    *,
    station: ChargingStation,
    token: IdToken,
    expires_at: datetime,
    evse_number: int | None = None,
    connector_type: str = "",
    by: User | None,
) -> Reservation:
    """Ask the station to keep a place free. Raises TokenRefused and CannotReserve."""
    now = timezone.now()
    if expires_at <= now:
        raise CannotReserve("A reservation must end in the future.")
    if not is_writable(expires_at):
        raise CannotReserve("A reservation must end in a year that clocks know.")
    if evse_number is None and is_refused(told(station, [RESERVES_ANY_EVSE]), RESERVES_ANY_EVSE):
        raise CannotReserve("This station reserves only a named EVSE; it says so itself.")
    presented = PresentedToken(token.value, token.type)
    authorization = decide(station=station, token=presented, evse_number=evse_number, at=now)
    if not authorization.is_accepted:
        raise TokenRefused(authorization)
    reservation = Reservation.objects.create(
        organization_id=station.organization_id,
        station=station,
        evse_number=evse_number,
        connector_type=connector_type,
        token=token,
        group_id=authorization.group_id,
        expires_at=expires_at,
        requested_by=by,
        requested_at=now,
    )
    wanted = ReserveNow(
        reservation_id=reservation.pk,
        token=token.value,
        token_type=token.type,
        expires_at=expires_at,
        evse_number=evse_number,
        connector_type=connector_type,
        group_id=authorization.group_id,
    )
    reservation.command = send(station, wanted, by=by, expires_in=min(DEFAULT_EXPIRY, expires_at - now))
    reservation.save(update_fields=["command"])
    _tell(reservation)
    return reservation


@transaction.atomic
def cancel_reservation(*, reservation: Reservation, by: User | None) -> Command:
    """Ask the station to give the place free; what was not sent yet is not sent at all. Raises ReservationEnded."""
    if not reservation.is_open:
        raise ReservationEnded(reservation)
    asked = reservation.command
    if by is not None and asked is not None and cancel_command(asked, by=by):
        move(reservation, ReservationStatus.CANCELLED, "Cancelled before the station was asked.")
        asked.refresh_from_db()
        return asked
    return send(reservation.station, CancelReservation(reservation.pk), by=by)


@transaction.atomic
def confirm_reservation(*, station_id: int, reservation_id: int, is_accepted: bool, answer: str) -> None:
    """What the station answered. An answer after the time-out counts too."""
    reservation = _find(station_id, reservation_id)
    status = ReservationStatus.ACTIVE if is_accepted else ReservationStatus.REFUSED
    if reservation is not None:
        move(reservation, status, f"The station answered {answer}.")


@transaction.atomic
def confirm_cancellation(*, station_id: int, reservation_id: int, is_accepted: bool) -> None:
    """Refused means that the station keeps nothing by this id (OCPP 2.0.1 H02.FR.01)."""
    reservation = _find(station_id, reservation_id)
    if reservation is None:
        return
    if is_accepted:
        move(reservation, ReservationStatus.CANCELLED, "Cancelled.")
    else:
        move(reservation, ReservationStatus.REMOVED, "The station does not know it any more.")


@transaction.atomic
def end_reservation(*, station_id: int, reservation_id: int, status: ReservationStatus, detail: str) -> None:
    """The station says that it is over (OCPP 2.0.1 H04). An id we never gave changes nothing."""
    reservation = _find(station_id, reservation_id)
    if reservation is not None:
        move(reservation, status, detail)


def end_reservations_at(changes: Iterable[ConnectorChange]) -> None:
    """A place that fails or goes out of service keeps nothing. In the caller's transaction."""
    for change in changes:
        if change.status in ENDING_STATUSES:
            word = ConnectorStatus(change.status).label.lower()
            at = Reservation.objects.open().filter(station_id=change.station_id, evse_number=change.evse_number)
            for reservation in at:
                move(reservation, ReservationStatus.REMOVED, f"The EVSE is {word}.")


def use_reservation(session: Session, authorization: Authorization | None) -> None:
    """A session ends the reservation that it names, or that its token or group had at this EVSE.

    A place that is kept for somebody else is noted, never refused: the station has decided already.
    """
    near = _near(session)
    used = next((each for each in near if _is_used_by(each, session, authorization)), None)
    if used is not None:
        move(used, ReservationStatus.USED, "A session began.", session=session)
    for other in near:
        if other is not used and other.is_open and other.evse_number == session.evse_number is not None:
            _note_conflict(session, other)


def expire_reservations(now: datetime | None = None) -> int:
    """End what nobody used in time; the count. A start that is told later still takes its reservation up."""
    now = now or timezone.now()
    due = Reservation.objects.open().filter(expires_at__lt=now - GRACE).order_by("pk")[:AT_ONCE]
    return sum(move(each, ReservationStatus.NO_SHOW, "Nobody came in time.") for each in due)


def follow_reservations() -> int:
    """Take up how their commands ended where the station did not answer; the count of moves."""
    waiting = Reservation.objects.filter(
        status=ReservationStatus.REQUESTED, command__finished_at__isnull=False
    ).select_related("command")
    return sum(_follow(reservation) for reservation in waiting.order_by("pk")[:AT_ONCE])


def follow_reservation(command_id: int) -> None:
    """The command by which a place was asked for has ended. Idempotent."""
    for reservation in Reservation.objects.filter(command=command_id, command__finished_at__isnull=False):
        _follow(reservation)


AFTER_COMMAND: dict[str, ReservationStatus] = {
    CommandStatus.ACCEPTED: ReservationStatus.ACTIVE,
    CommandStatus.REJECTED: ReservationStatus.REFUSED,
    CommandStatus.NOT_SUPPORTED: ReservationStatus.REFUSED,
    CommandStatus.EXPIRED: ReservationStatus.REFUSED,
    CommandStatus.CANCELLED: ReservationStatus.CANCELLED,
    CommandStatus.TIMED_OUT: ReservationStatus.UNCONFIRMED,
    CommandStatus.LOST: ReservationStatus.UNCONFIRMED,
}


def _follow(reservation: Reservation) -> bool:
    command = reservation.command
    status = AFTER_COMMAND.get(command.status) if command else None
    if command is None or status is None or reservation.status != ReservationStatus.REQUESTED:
        return False
    return move(reservation, status, command.detail)


@transaction.atomic
def move(reservation: Reservation, status: ReservationStatus, detail: str, *, session: Session | None = None) -> bool:
    """If that move is allowed from where it is; chargers repeat themselves. Whether it moved."""
    allowed_from = [old for old, allowed in RESERVATION_MOVES.items() if status in allowed]
    fields: dict[str, Any] = {"status": status, "detail": detail[:500], "session": session}
    if status not in OPEN_RESERVATION_STATUSES:
        fields["ended_at"] = session.started_at if session else timezone.now()
    moved = Reservation.objects.filter(pk=reservation.pk, status__in=allowed_from).update(**fields)
    if moved:
        for name, value in fields.items():
            setattr(reservation, name, value)
        _tell(reservation)
    return bool(moved)


def _find(station_id: int, reservation_id: int) -> Reservation | None:
    return Reservation.objects.filter(station_id=station_id, pk=reservation_id).first()


def _near(session: Session) -> list[Reservation]:
    """What the session may use or disturb: open at its station in its time, and the one it names."""
    rows: QuerySet[Reservation] = Reservation.objects.open().filter(
        requested_at__lte=session.started_at + CLOCKS_DIFFER, expires_at__gt=session.started_at - CLOCKS_DIFFER
    )
    if session.reservation_id:
        rows |= Reservation.objects.filter(pk=session.reservation_id)
    here = Q(evse_number=None) | Q(evse_number=session.evse_number)
    found = rows.filter(here | Q(pk=session.reservation_id or 0), station_id=session.station_id)
    return sorted(found.select_related("token"), key=lambda each: (each.pk != session.reservation_id, -each.pk))


def _is_used_by(reservation: Reservation, session: Session, authorization: Authorization | None) -> bool:
    if reservation.pk == session.reservation_id:
        return True
    if not session.token_key or session.reservation_id:
        return False
    group_id = authorization.group_id if authorization else ""
    return session.token_key == reservation.token.key or (group_id != "" and group_id == reservation.group_id)


def _note_conflict(session: Session, reservation: Reservation) -> None:
    open_session_anomaly(
        session,
        AnomalyKind.RESERVED_FOR_ANOTHER,
        "A session began at an EVSE that is reserved for somebody else.",
        fingerprint=f"reservation {reservation.pk}",
        proposal="Keep the session; offer another place to whom it was reserved for.",
        evidence={"reservation": reservation.pk, "reserved_until": reservation.expires_at.isoformat()},
    )


def _tell(reservation: Reservation) -> None:
    publish(
        f"station:{reservation.station_id}",
        kind="reservation",
        reservation=reservation.pk,
        evse=reservation.evse_number,
        status=reservation.status,
    )
