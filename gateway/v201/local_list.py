"""OCPP 2.0.1 block D: the local authorization list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drivers import services as drivers
from drivers.commands import GetLocalListVersion, ListedToken, SendLocalList
from drivers.states import AuthorizationStatus, ListAnswer
from drivers.tokens import Authorization
from gateway.link import Link
from gateway.routing import Call, CannotSay, Facts, serialise
from gateway.threads import in_thread
from gateway.v201.authorization import id_token_info
from gateway.v201.routes import after, sends


@sends(GetLocalListVersion, "GetLocalListVersion")
def send_get_local_list_version(request: GetLocalListVersion, facts: Facts) -> Call:
    """D02."""
    return Call("GetLocalListVersion")


@sends(SendLocalList, "SendLocalList")
def send_send_local_list(request: SendLocalList, facts: Facts) -> Call:
    """D01. Without any entry the key is left out: an empty list is none (D01.FR.04)."""
    payload: dict[str, Any] = {
        "versionNumber": request.version,
        "updateType": "Full" if request.is_full else "Differential",
    }
    if request.entries:
        payload["localAuthorizationList"] = [_entry(listed) for listed in request.entries]
    return Call("SendLocalList", payload)


def _entry(listed: ListedToken) -> dict[str, Any]:
    """Without idTokenInfo the token is forgotten (D01.FR.17)."""
    if not listed.token_type:
        raise CannotSay("OCPP 2.x needs the type of each token.")
    entry: dict[str, Any] = {"idToken": {"idToken": listed.token, "type": listed.token_type}}
    if listed.status:
        known = Authorization(
            AuthorizationStatus(listed.status), "", group_id=listed.group_id, expires_at=listed.expires_at
        )
        entry["idTokenInfo"] = serialise(id_token_info(known))
    return entry


@after("GetLocalListVersion")
async def after_get_local_list_version(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    await in_thread(drivers.record_list_version)(
        station_id=link.admission.station_id, version=int(response["versionNumber"])
    )


@after("SendLocalList")
async def after_send_local_list(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    await in_thread(drivers.record_list_answer)(
        station_id=link.admission.station_id,
        version=payload["versionNumber"],
        is_full=payload["updateType"] == "Full",
        entries=[_listed(entry) for entry in payload.get("localAuthorizationList") or ()],
        answer=ListAnswer(response["status"]),
    )


def _listed(entry: Mapping[str, Any]) -> ListedToken:
    token, info = entry["idToken"], entry.get("idTokenInfo") or {}
    expires = info.get("cacheExpiryDateTime")
    return ListedToken(
        token=token["idToken"],
        token_type=token["type"],
        status=info.get("status", ""),
        group_id=(info.get("groupIdToken") or {}).get("idToken", ""),
        expires_at=datetime.fromisoformat(expires) if expires else None,
    )
