"""OCPP 2.0.1 block H: reservations."""

from collections.abc import Mapping
from typing import Any

from charging import services as charging
from charging.commands import CancelReservation, ReserveNow
from charging.states import ReservationStatus
from gateway.exchange import Exchange
from gateway.link import Link
from gateway.routing import ACCEPTING, Call, Facts
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.v201.routes import after, on, sends

ENDS: dict[str, tuple[ReservationStatus, str]] = {
    "Expired": (ReservationStatus.NO_SHOW, "The station says that the time is over."),
    "NoTransaction": (ReservationStatus.NO_SHOW, "The token was presented, but no transaction began."),
    "Removed": (ReservationStatus.REMOVED, "The station says that it has removed it."),
}


@sends(ReserveNow, "ReserveNow")
def send_reserve_now(request: ReserveNow, facts: Facts) -> Call:
    """H01. Without an EVSE: any of the station, or of a type of connector."""
    payload: dict[str, Any] = {
        "id": request.reservation_id,
        "expiryDateTime": format_time(request.expires_at),
        "idToken": {"idToken": request.token, "type": request.token_type},
    }
    if request.evse_number is not None:
        payload["evseId"] = request.evse_number
    if request.connector_type:
        payload["connectorType"] = request.connector_type
    if request.group_id:
        payload["groupIdToken"] = {"idToken": request.group_id, "type": "Central"}
    return Call("ReserveNow", payload)


@sends(CancelReservation, "CancelReservation")
def send_cancel_reservation(request: CancelReservation, facts: Facts) -> Call:
    """H02."""
    return Call("CancelReservation", {"reservationId": request.reservation_id})


@after("ReserveNow")
async def after_reserve_now(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    await in_thread(charging.confirm_reservation)(
        station_id=link.admission.station_id,
        reservation_id=payload["id"],
        is_accepted=response.get("status") in ACCEPTING,
        answer=str(response.get("status")),
    )


@after("CancelReservation")
async def after_cancel_reservation(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    await in_thread(charging.confirm_cancellation)(
        station_id=link.admission.station_id,
        reservation_id=payload["reservationId"],
        is_accepted=response.get("status") in ACCEPTING,
    )


@on("ReservationStatusUpdate")
async def on_reservation_status_update(
    exchange: Exchange, *, reservation_id: int, reservation_update_status: str, **_: Any
) -> dict[str, Any]:
    """H04. A word of tomorrow is no end."""
    if reservation_update_status in ENDS:
        status, detail = ENDS[reservation_update_status]
        await in_thread(charging.end_reservation)(
            station_id=exchange.station.station_id, reservation_id=reservation_id, status=status, detail=detail
        )
    return {}
