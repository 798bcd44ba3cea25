"""OCPP 2.x blocks C and D: id tokens, authorization cache, local list."""

from typing import TYPE_CHECKING

from simulator.authorization import Authorization, Token
from simulator.connection import Payload
from simulator.dialect import Handler

if TYPE_CHECKING:
    from simulator.charger import Charger

MAX_LIST_LENGTH = 1000


def id_token(token: Token) -> Payload:
    return {"idToken": token.value, "type": token.type}


def token_of(content: Payload) -> Token:
    return Token(content["idToken"], content["type"])


def clear_cache(charger: "Charger", payload: Payload) -> Payload:
    if not charger.settings.uses_cache:
        return {"status": "Rejected"}
    charger.memory.cache.clear()
    return {"status": "Accepted"}


def get_local_list_version(charger: "Charger", payload: Payload) -> Payload:
    return {"versionNumber": charger.memory.local_list.version if charger.settings.uses_local_list else 0}


def send_local_list(charger: "Charger", payload: Payload) -> Payload:
    version, entries = int(payload["versionNumber"]), payload.get("localAuthorizationList", [])
    changes = {entry["idToken"]["idToken"].casefold(): _authorization(charger, entry) for entry in entries}
    is_allowed = charger.settings.uses_local_list and version > 0
    if not is_allowed or len(changes) != len(entries) or len(entries) > MAX_LIST_LENGTH:
        return {"status": "Failed"}
    local_list = charger.memory.local_list
    if payload["updateType"] == "Full":
        local_list.replace(version, {key: known for key, known in changes.items() if known})
        return {"status": "Accepted"}
    return {"status": "Accepted" if local_list.update(version, changes) else "VersionMismatch"}


def _authorization(charger: "Charger", entry: Payload) -> Authorization | None:
    """An entry without idTokenInfo removes the token (D01.FR.16)."""
    info = entry.get("idTokenInfo")
    return charger.dialect.read_authorization(info) if info else None


HANDLERS: dict[str, Handler] = {
    "ClearCache": clear_cache,
    "GetLocalListVersion": get_local_list_version,
    "SendLocalList": send_local_list,
}
