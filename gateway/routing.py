"""Which function answers which action, and which one says a request in a version's words.

Decorators fill tables at import; a version's package imports its blocks and hands its tables to the link.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from dataclasses import fields as dataclass_fields
from functools import cache, lru_cache
from typing import Any, TypeVar

from ocpp.charge_point import camel_to_snake_case, snake_to_camel_case

from stations.states import CommandStatus, OcppVersion

Handler = Callable[..., Awaitable[Any]]
Sender = Callable[..., "Call | list[Call]"]
Effect = Callable[..., Awaitable[None]]
HandlerT = TypeVar("HandlerT", bound=Handler)
SenderT = TypeVar("SenderT", bound=Sender)
EffectT = TypeVar("EffectT", bound=Effect)


@dataclass(frozen=True, slots=True)
class Call:
    """What goes on the wire for a request: an action and its payload."""

    action: str
    payload: dict[str, Any] = field(default_factory=dict)
    is_next_step: bool = False
    """Sent only if all before it were accepted."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sender may need to know of the station and of the command."""

    number: int = 0
    """The command's number, positive: request id where a version wants one."""
    items_per_message: Mapping[str, int] = field(default_factory=dict)
    """Limits the station reported, by action (OCPP 2.0.1 ItemsPerMessage…, 1.6 GetConfigurationMaxKeys)."""
    traits: frozenset[str] = frozenset()
    """What the vendor profiles tell of the station (stations/traits.py)."""


class CannotSay(Exception):
    """This version has no words for the request; the text says why, for staff."""


@dataclass
class Routes:
    """The tables of one OCPP version."""

    version: OcppVersion
    handlers: dict[str, Handler] = field(default_factory=dict)
    senders: dict[type, Sender] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    """What we make of the answer to an action of ours, whoever asked for it."""
    said: dict[type, str] = field(default_factory=dict)
    """The action in which a request is said."""

    def on(self, action: str) -> Callable[[HandlerT], HandlerT]:
        """Answers CALLs of this action: ``async (exchange, *, snake_case properties) -> result``."""

        def register(handler: HandlerT) -> HandlerT:
            self.handlers[action] = handler
            return handler

        return register

    def sends(self, request: type, action: str) -> Callable[[SenderT], SenderT]:
        """Translates a neutral request to CALLs of this action: ``(request, facts) -> Call or list of Calls``."""

        def register(sender: SenderT) -> SenderT:
            self.senders[request] = sender
            self.said[request] = action
            return sender

        return register

    def after(self, action: str) -> Callable[[EffectT], EffectT]:
        """Takes up the answer to our CALL: ``async (link, payload, response)``."""

        def register(effect: EffectT) -> EffectT:
            self.effects[action] = effect
            return effect

        return register

    def extended(self, version: OcppVersion) -> "Routes":
        """The tables a later version starts from."""
        return Routes(version, dict(self.handlers), dict(self.senders), dict(self.effects), dict(self.said))


@lru_cache(maxsize=4096)
def _snake(name: str) -> str:
    return str(next(iter(camel_to_snake_case({name: None}))))


@lru_cache(maxsize=4096)
def _camel(name: str) -> str:
    return str(next(iter(snake_to_camel_case({name: None}))))


def arguments(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload's properties as keyword arguments; what is inside them keeps its names."""
    return {_snake(name): value for name, value in payload.items()}


@cache
def _properties(result_type: Any) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, _camel(field.name)) for field in dataclass_fields(result_type))


def serialise(result: Any) -> Any:
    """A result of the ``ocpp`` package as a payload: camelCase, nothing that is None (OCPP-J 2.0.1 §4.1.5)."""
    if is_dataclass(result) and not isinstance(result, type):
        values = ((camel, getattr(result, name)) for name, camel in _properties(type(result)))
        return {name: serialise(value) for name, value in values if value is not None}
    if isinstance(result, dict):
        return {name: serialise(value) for name, value in result.items() if value is not None}
    if isinstance(result, list):
        return [serialise(value) for value in result]
    return result


# NotFound tells of certificates that there are none of them, which is an answer.
ACCEPTING = frozenset({"Accepted", "Scheduled", "Unlocked", "RebootRequired", "AcceptedCanceled", "NotFound"})
NOT_SUPPORTING = frozenset({"NotSupported", "NotImplemented", "UnknownVendorId", "UnknownMessageId"})


def outcome(response: Mapping[str, Any]) -> tuple[CommandStatus, str]:
    """What an answer means for the command: its status, and a sentence for staff."""
    status = response.get("status")
    items = response.get("setVariableResult", response.get("getVariableResult"))
    if items is not None:
        return _outcome_of_items(items)
    if status is None:
        return CommandStatus.ACCEPTED, "The station answered."
    reason = (response.get("statusInfo") or {}).get("reasonCode", "")
    sentence = f"The station answered {status}." + (f" Reason: {reason}." if reason else "")
    if status in ACCEPTING:
        return CommandStatus.ACCEPTED, sentence
    if status in NOT_SUPPORTING:
        return CommandStatus.NOT_SUPPORTED, sentence
    return CommandStatus.REJECTED, sentence


def _outcome_of_items(items: list[Mapping[str, Any]]) -> tuple[CommandStatus, str]:
    if not items:
        return CommandStatus.REJECTED, "The station answered without any result."
    refused = [item for item in items if item["attributeStatus"] not in ACCEPTING]
    if not refused:
        statuses = sorted({str(item["attributeStatus"]) for item in items})
        return CommandStatus.ACCEPTED, f"The station answered {', '.join(statuses)}."
    names = ", ".join(f"{item['variable']['name']}: {item['attributeStatus']}" for item in refused[:5])
    return CommandStatus.REJECTED, f"The station refused {names}."
