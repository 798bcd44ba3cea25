"""The wire log for people: each call beside its answer, fields by name, repairs named."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from charging.models import SessionAnomaly
from stations.models import ChargingStation, Direction, Frame
from stations.repairs import label_of

CALL, RESULT, ERROR = 2, 3, 4
ANSWERS = (RESULT, ERROR, 5)
LONGEST_SUMMARY = 140
NOTHING = "null"
LONGEST_WAIT = timedelta(minutes=5)


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
        """What was mended, in sentences."""
        return [label_of(name) for name in (*self.frame.repairs, *(self.answer.repairs if self.answer else []))]


@dataclass(frozen=True)
class Wanted:
    """A filter of the wire log; what is empty or None does not matter."""

    action: str = ""
    direction: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def of(self, frames: QuerySet[Frame]) -> QuerySet[Frame]:
        conditions: dict[str, Any] = {
            "action__iexact": self.action,
            "text__icontains": self.text.replace("\x00", ""),
            "at__gte": self.since,
            "at__lte": self.until,
        }
        return frames.filter(**{name: value for name, value in conditions.items() if value})


def recent_exchanges(station: ChargingStation, *, count: int, **filters: Any) -> list[Exchange]:
    """The newest first. What fits the filter is shown with its call or answer, whether that fits too or not."""
    wanted = Wanted(**filters)
    fitting = list(wanted.of(Frame.objects.filter(station=station)).order_by("-at", "-pk")[: count * 2])
    if wanted.text or wanted.since or wanted.until:
        fitting = _with_counterparts(station, fitting)
    exchanges = _paired(fitting)
    if wanted.direction in ("0", "1"):
        exchanges = [exchange for exchange in exchanges if str(exchange.frame.direction) == wanted.direction]
    return exchanges[:count]


def exchanges_around(anomaly: SessionAnomaly) -> list[Exchange]:
    """What the station said of transactions while the anomaly was opened."""
    minutes = timedelta(minutes=2)
    frames = Frame.objects.filter(
        station=anomaly.station_id,
        at__range=(anomaly.opened_at - minutes, anomaly.opened_at + minutes),
        action__in=["StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent", "StatusNotification"],
    )
    return _paired(list(frames.order_by("-at", "-pk")[:40]))[:12]


def _with_counterparts(station: ChargingStation, frames: list[Frame]) -> list[Frame]:
    if not frames:
        return []
    names = {frame.message_id for frame in frames if frame.message_id}
    others = Frame.objects.filter(
        station=station,
        message_id__in=names,
        at__range=(frames[-1].at - LONGEST_WAIT, frames[0].at + LONGEST_WAIT),
    ).exclude(pk__in=[frame.pk for frame in frames])
    return sorted([*frames, *others[: len(frames)]], key=lambda frame: (frame.at, frame.pk), reverse=True)


def exchanges_between(station: ChargingStation, begin: datetime, end: datetime, *, count: int) -> list[Exchange]:
    """The newest first, of a short time."""
    frames = Frame.objects.filter(station=station, at__range=(begin, end)).order_by("-at", "-pk")
    return _paired(list(frames[: count * 2]))[:count]


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
        return [(path or "value", _said(payload))]
    return [field for name, value in pairs for field in fields_of(value, name)]


def asked_of(arguments: Any) -> list[tuple[str, str]]:
    """Of a command, without what was left open."""
    return [(name, value) for name, value in fields_of(arguments) if value not in ("", NOTHING)]


def _said(value: Any) -> str:
    """As JSON writes it."""
    if value is None:
        return NOTHING
    return str(value).lower() if isinstance(value, bool) else str(value)


def summary_of(payload: Any) -> str:
    text = ", ".join(f"{name.rsplit('.', 1)[-1]} {value}" for name, value in fields_of(payload))
    return text if len(text) <= LONGEST_SUMMARY else text[: LONGEST_SUMMARY - 1] + "…"
