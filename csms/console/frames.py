"""The wire log for people: each call beside its answer, fields by name, repairs named."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stations.models import ChargingStation, Direction, Frame

CALL, RESULT, ERROR = 2, 3, 4
ANSWERS = (RESULT, ERROR, 5)
LONGEST_SUMMARY = 140


@dataclass
class Exchange:
    """A call and its answer; or one frame that has no other."""

    frame: Frame
    answer: Frame | None = None

    @property
    def took(self) -> timedelta | None:
        return self.answer.at - self.frame.at if self.answer else None

    @property
    def took_ms(self) -> float | None:
        return self.took.total_seconds() * 1000 if self.took is not None else None

    @property
    def outcome(self) -> str:
        """``answered``, ``refused``, ``unanswered``, ``unreadable`` or, for what needs no answer, empty."""
        if self.frame.message_type is None:
            return "unreadable"
        if self.answer is not None:
            return "answered" if self.answer.message_type == RESULT else "refused"
        return "unanswered" if self.frame.message_type == CALL else ""

    @property
    def summary(self) -> str:
        return summary_of(self.frame.payload)

    @property
    def fields(self) -> list[tuple[str, str]]:
        return fields_of(self.frame.payload)

    @property
    def answer_fields(self) -> list[tuple[str, str]]:
        return fields_of(self.answer.payload) if self.answer else []

    @property
    def repairs(self) -> list[str]:
        return [*self.frame.repairs, *(self.answer.repairs if self.answer else [])]


def recent_exchanges(
    station: ChargingStation, *, count: int, action: str = "", direction: str = "", text: str = ""
) -> list[Exchange]:
    """The newest first. An answer whose call is older than what was read stands alone."""
    frames = Frame.objects.filter(station=station).order_by("-at", "-pk")
    if action:
        frames = frames.filter(action__iexact=action)
    if text:
        frames = frames.filter(text__icontains=text)
    exchanges = _paired(list(frames[: count * 2]))
    if direction in ("0", "1"):
        exchanges = [exchange for exchange in exchanges if str(exchange.frame.direction) == direction]
    return exchanges[:count]


def _paired(newest_first: list[Frame]) -> list[Exchange]:
    answers: dict[tuple[Any, str, int], Frame] = {}
    exchanges: list[Exchange] = []
    for frame in newest_first:
        key = (frame.connection_id, frame.message_id)
        if frame.message_type in ANSWERS and frame.message_id:
            answers[(*key, frame.direction)] = frame
            continue
        other_way = Direction.OUT if frame.direction == Direction.IN else Direction.IN
        exchanges.append(Exchange(frame, answers.pop((*key, other_way), None)))
    exchanges += [Exchange(frame) for frame in answers.values()]
    return sorted(exchanges, key=lambda exchange: exchange.frame.at, reverse=True)


def fields_of(payload: Any, path: str = "") -> list[tuple[str, str]]:
    """``meterValue[0].sampledValue[1].value`` beside its value: readable, searchable, copyable."""
    if isinstance(payload, dict):
        pairs = [(f"{path}.{name}" if path else str(name), value) for name, value in payload.items()]
    elif isinstance(payload, list):
        pairs = [(f"{path}[{index}]", value) for index, value in enumerate(payload)]
    elif payload is None and not path:
        return []
    else:
        return [(path or "value", str(payload))]
    return [field for name, value in pairs for field in fields_of(value, name)]


def summary_of(payload: Any) -> str:
    text = ", ".join(f"{name.rsplit('.', 1)[-1]} {value}" for name, value in fields_of(payload))
    return text if len(text) <= LONGEST_SUMMARY else text[: LONGEST_SUMMARY - 1] + "…"
