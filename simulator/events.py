"""One readable line for each event of a fleet."""

import sys
from datetime import UTC, datetime
from typing import Any


def format_event(identity: str, event: str, fields: dict[str, Any]) -> str:
    """`13:05:11Z transaction_ended station=modern evse=1 energy_wh=1833`; values with spaces are quoted."""
    now = datetime.now(UTC).strftime("%H:%M:%SZ")
    shown = " ".join(f"{name}={_quoted(str(value))}" for name, value in fields.items() if value is not None)
    return f"{now} {event} station={_quoted(identity)} {shown}".rstrip()


def print_event(identity: str, event: str, fields: dict[str, Any]) -> None:
    sys.stdout.write(format_event(identity, event, fields) + "\n")
    sys.stdout.flush()


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text or not text else text
