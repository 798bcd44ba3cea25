"""Security events, the same in all versions (1.6 security whitepaper §3, 2.x A04)."""

from typing import TYPE_CHECKING

from simulator.dialect import Message

if TYPE_CHECKING:
    from simulator.charger import Charger


def security_event(charger: "Charger", kind: str, info: str = "") -> Message:
    told = {"type": kind, "timestamp": charger.timestamp(), **({"techInfo": info} if info else {})}
    return "SecurityEventNotification", told
