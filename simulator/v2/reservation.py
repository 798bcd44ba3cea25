"""OCPP 2.x block H: ReserveNow and CancelReservation."""

from typing import TYPE_CHECKING

from simulator.clock import parse_time
from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.evse import Evse, Reservation
from simulator.states import ConnectorStatus
from simulator.v2.authorization import token_of

if TYPE_CHECKING:
    from simulator.charger import Charger

REFUSALS = {
    ConnectorStatus.FAULTED: "Faulted",
    ConnectorStatus.UNAVAILABLE: "Unavailable",
}


def reserve_now(charger: "Charger", payload: Payload) -> Payload:
    """Without an EVSE the first free one is kept (H01.FR.07), if NonEvseSpecific (H01.FR.19)."""
    evse_id, group = payload.get("evseId"), payload.get("groupIdToken")
    if evse_id is not None and not 1 <= evse_id <= len(charger.evse_list):
        return {"status": "Rejected"}
    if evse_id is None and not charger.settings.reserves_any_evse:
        return {"status": "Rejected"}
    reservation = Reservation(
        id=int(payload["id"]),
        token=token_of(payload["idToken"]),
        group=group["idToken"] if group else None,
        expires_at=parse_time(payload["expiryDateTime"]),
        is_for_any_evse=evse_id is None,
    )
    places = charger.evse_list if evse_id is None else [charger.evse(evse_id)]
    free = next((place for place in places if _is_free(place, reservation.id)), None)
    if free is None:
        return {"status": REFUSALS.get(places[0].status, "Occupied")}
    free.reservation = reservation
    charger.afterwards(lambda: charger.flow.report_status(free))
    return {"status": "Accepted"}


def cancel_reservation(charger: "Charger", payload: Payload) -> Payload:
    wanted = int(payload["reservationId"])
    held = (place for place in charger.evse_list if place.reservation and place.reservation.id == wanted)
    evse = next(held, None)
    if evse is None:
        return {"status": "Rejected"}
    evse.reservation = None
    charger.afterwards(lambda: charger.flow.report_status(evse))
    return {"status": "Accepted"}


def _is_free(evse: Evse, reservation_id: int) -> bool:
    is_replacement = evse.reservation is not None and evse.reservation.id == reservation_id
    return is_replacement or evse.status is ConnectorStatus.AVAILABLE


HANDLERS: dict[str, Handler] = {
    "ReserveNow": reserve_now,
    "CancelReservation": cancel_reservation,
}
