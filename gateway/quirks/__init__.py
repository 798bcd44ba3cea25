"""What real chargers do, by number, and what answers each: docs/quirks.md is written from here (``make docs``).

Each number is proved by the tests that carry it, ``q044`` or ``test_q044_…``, below tests/.
"""

from gateway.quirks import connection, control, messages, metering, transactions
from gateway.quirks.quirk import Quirk

FAMILIES: dict[str, tuple[Quirk, ...]] = {
    "Connection and address": connection.CONNECTING,
    "Boot and order": connection.BOOTING,
    "JSON and types": messages.TYPES,
    "Time": messages.TIMES,
    "Transactions": transactions.QUIRKS,
    "Metering": metering.QUIRKS,
    "Smart charging": control.LIMITS,
    "Firmware, logs, local list": control.UPKEEP,
    "OCPP 2.x": control.VERSION_2,
}

__all__ = ["FAMILIES", "Quirk"]
