"""OCPP 1.6 §5.1 CancelReservation, §5.13 ReserveNow."""

from typing import TYPE_CHECKING

from simulator.authorization import Token
from simulator.clock import parse_time
from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.evse import Evse, Reservation
from simulator.states import ConnectorStatus

if TYPE_CHECKING:
    from simulator.charger import Charger

REFUSALS = {
    ConnectorStatus.FAULTED: "Faulted",
    ConnectorStatus.UNAVAILABLE: "Unavailable",
}


def reserve_now(charger: "Charger", payload: Payload) -> Payload:
    """For connector 0 the first free one is kept, if ReserveConnectorZeroSupported."""
    connector_id = int(payload["connectorId"])
    is_for_any = connector_id == 0 and charger.settings.reserves_any_evse
    if not is_for_any and not 1 <= connector_id <= len(charger.evse_list):
        return {"status": "Rejected"}
    reservation = Reservation(
        id=int(payload["reservationId"]),
        token=Token(payload["idTag"]),
        group=payload.get("parentIdTag"),
        expires_at=parse_time(payload["expiryDate"]),
        is_for_any_evse=is_for_any,
    )
    places = charger.evse_list if is_for_any else [charger.evse(connector_id)]
    answers = (reserve(charger, place, reservation) for place in places)
    return {"status": next((answer for answer in answers if answer == "Accepted"), None) or refusal(places[0])}


def reserve(charger: "Charger", evse: Evse, reservation: Reservation) -> str:
    """The same id replaces its reservation; another one finds the place taken."""
    is_replacement = evse.reservation is not None and evse.reservation.id == reservation.id
    if not is_replacement and evse.status is not ConnectorStatus.AVAILABLE:
        return refusal(evse)
    evse.reservation = reservation
    charger.afterwards(lambda: charger.flow.report_status(evse))
    return "Accepted"


def refusal(evse: Evse) -> str:
    return REFUSALS.get(evse.status, "Occupied")


def cancel_reservation(charger: "Charger", payload: Payload) -> Payload:
    wanted = int(payload["reservationId"])
    held = (place for place in charger.evse_list if place.reservation and place.reservation.id == wanted)
    evse = next(held, None)
    if evse is None:
        return {"status": "Rejected"}
    evse.reservation = None
    charger.afterwards(lambda: charger.flow.report_status(evse))
    return {"status": "Accepted"}


HANDLERS: dict[str, Handler] = {
    "ReserveNow": reserve_now,
    "CancelReservation": cancel_reservation,
}
