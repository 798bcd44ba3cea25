"""OCPP 1.6 §5.4 ClearCache, §5.10 GetLocalListVersion, §5.15 SendLocalList."""

from typing import TYPE_CHECKING

from simulator.authorization import Authorization
from simulator.connection import Payload
from simulator.dialect import Handler

if TYPE_CHECKING:
    from simulator.charger import Charger

MAX_LIST_LENGTH = 1000


def clear_cache(charger: "Charger", payload: Payload) -> Payload:
    if not charger.settings.uses_cache:
        return {"status": "Rejected"}
    charger.memory.cache.clear()
    return {"status": "Accepted"}


def get_local_list_version(charger: "Charger", payload: Payload) -> Payload:
    return {"listVersion": charger.memory.local_list.version if charger.settings.uses_local_list else -1}


def send_local_list(charger: "Charger", payload: Payload) -> Payload:
    if not charger.settings.uses_local_list:
        return {"status": "NotSupported"}
    version, entries = int(payload["listVersion"]), payload.get("localAuthorizationList", [])
    changes = {entry["idTag"].casefold(): _authorization(charger, entry) for entry in entries}
    if len(changes) > MAX_LIST_LENGTH or version <= 0:
        return {"status": "Failed"}
    local_list = charger.memory.local_list
    if payload["updateType"] == "Full":
        local_list.replace(version, {key: known for key, known in changes.items() if known})
        return {"status": "Accepted"}
    return {"status": "Accepted" if local_list.update(version, changes) else "VersionMismatch"}


def _authorization(charger: "Charger", entry: Payload) -> Authorization | None:
    """An entry without idTagInfo removes the tag."""
    info = entry.get("idTagInfo")
    return charger.dialect.read_authorization(info) if info else None


HANDLERS: dict[str, Handler] = {
    "ClearCache": clear_cache,
    "GetLocalListVersion": get_local_list_version,
    "SendLocalList": send_local_list,
}
