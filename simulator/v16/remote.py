"""OCPP 1.6 §5.11 RemoteStartTransaction, §5.12 RemoteStopTransaction."""

from typing import TYPE_CHECKING

from simulator.authorization import Authorization, Token
from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.evse import Evse
from simulator.limits import apply_limit
from simulator.states import Registration, StopReason, Trigger
from simulator.v16.smart_charging import profile_of

if TYPE_CHECKING:
    from simulator.charger import Charger


def remote_start(charger: "Charger", payload: Payload) -> Payload:
    token = Token(payload["idTag"])
    evse = _choose(charger, payload.get("connectorId"))
    if evse is None or charger.registration is not Registration.ACCEPTED:
        return {"status": "Rejected"}
    if (reserved := evse.reservation) and reserved.token.key != token.key:
        return {"status": "Rejected"}
    if profile := payload.get("chargingProfile"):
        if profile["chargingProfilePurpose"] != "TxProfile":
            return {"status": "Rejected"}
        charger.profiles.install(profile_of(profile, evse.number))
        apply_limit(charger, evse)
    charger.afterwards(lambda: start(charger, evse, token))
    return {"status": "Accepted"}


async def start(charger: "Charger", evse: Evse, token: Token) -> None:
    """Asks the CSMS about the token first when AuthorizeRemoteTxRequests says so."""
    authorization = Authorization("Accepted")
    if charger.settings.authorizes_remote_starts:
        authorization = await charger.flow.authorize(token)
    if authorization.is_accepted and evse.token is None:
        await charger.flow.permit(evse, token, authorization, Trigger.REMOTE_START)


def remote_stop(charger: "Charger", payload: Payload) -> Payload:
    wanted = int(payload["transactionId"])
    evse = next((place for place in charger.evse_list if place.transaction_id == wanted), None)
    if evse is None:
        return {"status": "Rejected"}
    charger.afterwards(lambda: charger.flow.stop(evse, StopReason.REMOTE, Trigger.REMOTE_STOP))
    return {"status": "Accepted"}


def is_startable(evse: Evse) -> bool:
    return evse.token is None and evse.transaction is None and evse.is_operative and not evse.fault


def _choose(charger: "Charger", connector_id: int | None) -> Evse | None:
    """The asked connector, or the first that can start, one with a car before an empty one."""
    if connector_id is not None:
        places = [charger.evse(connector_id)] if 1 <= connector_id <= len(charger.evse_list) else []
    else:
        places = sorted(charger.evse_list, key=lambda place: not place.is_plugged)
    return next((place for place in places if is_startable(place) and not place.is_finishing), None)


HANDLERS: dict[str, Handler] = {
    "RemoteStartTransaction": remote_start,
    "RemoteStopTransaction": remote_stop,
}
