"""OCPP 1.6 §5.1 Cancel Reservation, §5.13 Reserve Now."""

from collections.abc import Mapping
from typing import Any

from charging import services as charging
from charging.commands import CancelReservation, ReserveNow
from gateway.link import Link
from gateway.routing import ACCEPTING, Call, CannotSay, Facts
from gateway.threads import in_thread
from gateway.times import format_time
from gateway.v16.remote import LONGEST_TAG
from gateway.v16.routes import after, sends


@sends(ReserveNow, "ReserveNow")
def send_reserve_now(request: ReserveNow, facts: Facts) -> Call:
    """Connector 0 is any of the station."""
    if request.connector_type:
        raise CannotSay("OCPP 1.6 cannot reserve a type of connector.")
    if len(request.token) > LONGEST_TAG:
        raise CannotSay(f"OCPP 1.6 takes tokens of at most {LONGEST_TAG} characters.")
    payload: dict[str, object] = {
        "connectorId": request.evse_number or 0,
        "expiryDate": format_time(request.expires_at),
        "idTag": request.token,
        "reservationId": request.reservation_id,
    }
    if request.group_id:
        payload["parentIdTag"] = request.group_id
    return Call("ReserveNow", payload)


@sends(CancelReservation, "CancelReservation")
def send_cancel_reservation(request: CancelReservation, facts: Facts) -> Call:
    return Call("CancelReservation", {"reservationId": request.reservation_id})


@after("ReserveNow")
async def after_reserve_now(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    await in_thread(charging.confirm_reservation)(
        station_id=link.admission.station_id,
        reservation_id=payload["reservationId"],
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
