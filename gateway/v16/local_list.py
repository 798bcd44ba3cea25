"""OCPP 1.6 §5.10 Get Local List Version, §5.15 Send Local List."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drivers import services as drivers
from drivers.commands import GetLocalListVersion, ListedToken, SendLocalList
from drivers.states import AuthorizationStatus, ListAnswer
from drivers.tokens import Authorization
from gateway.link import Link
from gateway.routing import Call, Facts, serialise
from gateway.threads import in_thread
from gateway.v16.authorization import id_tag_info
from gateway.v16.routes import after, sends


@sends(GetLocalListVersion, "GetLocalListVersion")
def send_get_local_list_version(request: GetLocalListVersion, facts: Facts) -> Call:
    return Call("GetLocalListVersion")


@sends(SendLocalList, "SendLocalList")
def send_send_local_list(request: SendLocalList, facts: Facts) -> Call:
    """A full list has an idTagInfo with each tag; in a differential one a tag without is forgotten (§7.1)."""
    payload: dict[str, Any] = {
        "listVersion": request.version,
        "updateType": "Full" if request.is_full else "Differential",
    }
    if request.entries:
        payload["localAuthorizationList"] = [_entry(listed) for listed in request.entries]
    return Call("SendLocalList", payload)


def _entry(listed: ListedToken) -> dict[str, Any]:
    if not listed.status:
        return {"idTag": listed.token}
    known = Authorization(
        AuthorizationStatus(listed.status), "", group_id=listed.group_id, expires_at=listed.expires_at
    )
    return {"idTag": listed.token, "idTagInfo": serialise(id_tag_info(known))}


@after("GetLocalListVersion")
async def after_get_local_list_version(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    await in_thread(drivers.record_list_version)(
        station_id=link.admission.station_id, version=int(response["listVersion"])
    )


@after("SendLocalList")
async def after_send_local_list(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    await in_thread(drivers.record_list_answer)(
        station_id=link.admission.station_id,
        version=payload["listVersion"],
        is_full=payload["updateType"] == "Full",
        entries=[_listed(entry) for entry in payload.get("localAuthorizationList") or ()],
        answer=ListAnswer(response["status"]),
    )


def _listed(entry: Mapping[str, Any]) -> ListedToken:
    info = entry.get("idTagInfo") or {}
    expires = info.get("expiryDate")
    return ListedToken(
        token=entry["idTag"],
        status=info.get("status", ""),
        group_id=info.get("parentIdTag", ""),
        expires_at=datetime.fromisoformat(expires) if expires else None,
    )
