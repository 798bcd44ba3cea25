"""OCPP 2.x block F: RequestStartTransaction and RequestStopTransaction."""

from typing import TYPE_CHECKING

from simulator.authorization import Authorization, Token
from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.evse import Evse
from simulator.limits import apply_limit
from simulator.states import Registration, StopReason, Trigger
from simulator.v2.authorization import token_of
from simulator.v2.smart_charging import profile_of

if TYPE_CHECKING:
    from simulator.charger import Charger


def request_start(charger: "Charger", payload: Payload) -> Payload:
    """A transaction that waits for an authorization is taken, and its id returned (F01.FR.13, F02.FR.01)."""
    token, group = token_of(payload["idToken"]), payload.get("groupIdToken")
    evse = _choose(charger, payload.get("evseId"), token)
    if evse is None or charger.registration is not Registration.ACCEPTED:
        return {"status": "Rejected"}
    if profile := payload.get("chargingProfile"):
        if profile["chargingProfilePurpose"] != "TxProfile" or "transactionId" in profile:
            return {"status": "Rejected"}
        charger.profiles.install(profile_of(profile, evse.number))
        apply_limit(charger, evse)
    evse.remote_start_id = int(payload["remoteStartId"])
    permission = Authorization("Accepted", group["idToken"] if group else None)
    charger.afterwards(lambda: _start(charger, evse, token, permission))
    return {"status": "Accepted", **({"transactionId": evse.transaction.id} if evse.transaction else {})}


def request_stop(charger: "Charger", payload: Payload) -> Payload:
    wanted = payload["transactionId"]
    evse = next((place for place in charger.evse_list if place.transaction_id == wanted), None)
    if evse is None or charger.registration is not Registration.ACCEPTED:
        return {"status": "Rejected"}
    charger.afterwards(lambda: charger.flow.stop(evse, StopReason.REMOTE, Trigger.REMOTE_STOP))
    return {"status": "Accepted"}


async def _start(charger: "Charger", evse: Evse, token: Token, permission: Authorization) -> None:
    """Asks the CSMS about the token first when AuthorizeRemoteStart says so."""
    if charger.settings.authorizes_remote_starts:
        permission = await charger.flow.authorize(token)
    if permission.is_accepted and evse.token is None:
        await charger.flow.permit(evse, token, permission, Trigger.REMOTE_START)


def _choose(charger: "Charger", evse_id: int | None, token: Token) -> Evse | None:
    if evse_id is not None:
        places = [charger.evse(evse_id)] if 1 <= evse_id <= len(charger.evse_list) else []
    else:
        places = sorted(charger.evse_list, key=lambda place: not place.is_plugged)
    return next((place for place in places if _is_startable(place, token)), None)


def _is_startable(evse: Evse, token: Token) -> bool:
    is_reserved_for_other = evse.reservation is not None and evse.reservation.token.key != token.key
    return evse.token is None and evse.is_operative and not evse.fault and not is_reserved_for_other


HANDLERS: dict[str, Handler] = {
    "RequestStartTransaction": request_start,
    "RequestStopTransaction": request_stop,
}
