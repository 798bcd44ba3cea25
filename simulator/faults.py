"""The ways in which a charger can misbehave on purpose."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from simulator.clock import format_time

Payload = dict[str, Any]


class Fault(StrEnum):
    """The first group stays on once set; the second happens when `Charger.inject` is called."""

    NO_PONG = "no_pong"
    REPEAT_SAME_ID = "repeat_same_id"
    REPEAT_NEW_ID = "repeat_new_id"
    REORDER = "reorder"
    DELAY_ANSWERS = "delay_answers"
    ANSWER_ERROR = "answer_error"
    START_WITHOUT_BOOT = "start_without_boot"
    TRANSACTION_ID_ZERO = "transaction_id_zero"
    CLOCK_1970 = "clock_1970"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_WITHOUT_ZONE = "clock_without_zone"
    NUMBERS_FOR_STRINGS = "numbers_for_strings"

    DROP_CONNECTION = "drop_connection"
    HALF_OPEN = "half_open"
    TRUNCATED_JSON = "truncated_json"
    METER_RESET = "meter_reset"
    HUGE_FRAME = "huge_frame"
    FLOOD = "flood"


MOMENTARY = frozenset(
    {
        Fault.DROP_CONNECTION,
        Fault.HALF_OPEN,
        Fault.TRUNCATED_JSON,
        Fault.METER_RESET,
        Fault.HUGE_FRAME,
        Fault.FLOOD,
    }
)
CLOCK_AHEAD = timedelta(hours=5)
HUGE_FRAME_BYTES = 2 * 2**20
FLOOD_FRAMES = 2_000


@dataclass(slots=True)
class Faults:
    """The lasting faults of one charger and how they change what it sends."""

    active: set[Fault] = field(default_factory=set)
    answer_delay_s: float = 5.0
    chance: float = 1.0
    """How often repeat, reorder and answer_error strike."""
    _started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _random: random.Random = field(default_factory=random.Random)

    def __contains__(self, fault: Fault) -> bool:
        return fault in self.active

    def strikes(self, fault: Fault) -> bool:
        return fault in self.active and (self.chance >= 1 or self._random.random() < self.chance)

    def timestamp(self, at: datetime) -> str:
        if Fault.CLOCK_1970 in self.active:
            at = datetime(1970, 1, 1, tzinfo=UTC) + max(at - self._started_at, timedelta(0))
        if Fault.CLOCK_AHEAD in self.active:
            at += CLOCK_AHEAD
        text = format_time(at)
        return text.removesuffix("Z") if Fault.CLOCK_WITHOUT_ZONE in self.active else text

    def alter(self, payload: Payload) -> Payload:
        """A copy with the wrong values in place, or the payload itself."""
        if Fault.TRANSACTION_ID_ZERO in self.active:
            payload = _replace_key(payload, "transactionId")
        if Fault.NUMBERS_FOR_STRINGS in self.active:
            payload = _numbers_for_strings(payload)
        return payload


def _replace_key(value: Any, key: str) -> Any:
    if isinstance(value, list):
        return [_replace_key(item, key) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _zero(item) if name == key else _replace_key(item, key) for name, item in value.items()}


def _zero(value: Any) -> Any:
    return "0" if isinstance(value, str) else 0


def _numbers_for_strings(value: Any) -> Any:
    """Every string that looks like a number becomes one."""
    if isinstance(value, list):
        return [_numbers_for_strings(item) for item in value]
    if isinstance(value, dict):
        return {name: _numbers_for_strings(item) for name, item in value.items()}
    if isinstance(value, str) and value.replace(".", "", 1).isdecimal():
        return float(value) if "." in value else int(value)
    return value
