"""Frames as no station should send them, made from the official schemas: valid ones, changed with a grudge.

Everything is drawn from one ``random.Random``, so that a seed tells the whole story again.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from gateway import schemas
from gateway.versions import ROUTES
from stations.states import OcppVersion

BEGIN = datetime(2026, 11, 22, 12, tzinfo=UTC)
CARDS = ("04A1B2C3D4E5F6", "04DEADBEEF", "")
TRANSACTIONS = ("1", "2", "3", "t-4", "t-5")
NUMBERS = (-1, 0, 1, 32_768, 2**31, 2**63 - 1, 2**63, 2**64, 2**70, -(2**63), -(2**70), 1e300, -0.0, 1e-300)
NO_NUMBERS = (float("nan"), float("inf"), float("-inf"))
TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "\x1f\x7f",
        "null",
        "NaN",
        "-1e999",
        "1,5",
        "true",
        "\\",
        '"',
        "</script>",
        "' OR 1=1 --",
    ),
    *("\ud800", "\udfff\ud800", "\U0001f50c" * 30, "é€", "2022-02-29T25:61:00", "1970-01-01T00:00:00Z", "+99:99"),
    *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "Bogus", "accepted", "ACCEPTED"),
)
TYPES: tuple[Any, ...] = (0, 1, 7, 99, -2, 2**70, "2", 2.5, None, True, [], {})
DEPTHS = (20, 300, 1023, 5000)
LONGEST = 500_000
"""The gateway closes at twice as much: tests/gateway/test_large_frames.py."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Shot:
    """What is sent. ``message_id``: of a CALL that must be answered exactly once; None: it may be answered or not."""

    data: str | bytes
    message_id: str | int | None = None


class Mutator:
    """Makes the frames of one station. Ids that need no answer begin with "odd"."""

    def __init__(self, version: str, seed: int) -> None:
        self.version = OcppVersion(version)
        self.random = Random(f"{seed} {version}")
        self.number = 0
        self.last_id = "first"
        handled = set(ROUTES[self.version].handlers)
        self.actions = sorted(handled)
        self.others = sorted(schemas.actions(self.version) - handled)

    def shot(self) -> Shot:
        """A fifth is left as it is, so that sessions begin and end between the others."""
        self.number += 1
        draw = self.random.random()
        if draw < 0.2:
            return self._call(self._example(self.random.choice(self.actions)))
        if draw < 0.8:
            return self._call(self._changed(self._example(self.random.choice(self.actions))))
        return self.random.choice(self._FRAMES)(self)

    def answer(self, call: list[Any]) -> str:
        """To a CALL of ours: as it should be, changed, or an error."""
        payload = example(self.version, call[2], self.random, is_response=True)
        draw = self.random.random()
        if draw < 0.1:
            return written([4, call[1], self.random.choice(TEXTS), "", self._anything()])
        text = written([3, call[1], self._changed((call[2], payload))[1]])
        return text if draw < 0.5 and len(text) < LONGEST else written([3, call[1], payload])

    def _example(self, action: str) -> tuple[str, Any]:
        return action, example(self.version, action, self.random)

    def _call(self, told: tuple[Any, Any]) -> Shot:
        message_id = f"fuzz-{self.number}"
        self.last_id = message_id
        text = written([2, message_id, *told])
        return Shot(text if len(text) < LONGEST else written([2, message_id, "Heartbeat", {}]), message_id)

    def _changed(self, told: tuple[str, Any]) -> tuple[str, Any]:
        """One to four changes, anywhere in the payload."""
        action, payload = told[0], copy.deepcopy(told[1])
        for _ in range(self.random.randint(1, 4)):
            known = list(places(payload))
            if not known:
                break
            path = self.random.choice(known)
            container = payload
            for step in path[:-1]:
                container = container[step]
            self.random.choice(self._CHANGES)(self, container, path[-1])
        return action, payload

    def _drop(self, container: Any, key: Any) -> None:
        del container[key]

    def _repeat(self, container: Any, key: Any) -> None:
        container[key] = [container[key]] * self.random.choice((2, 2, 50))

    def _retype(self, container: Any, key: Any) -> None:
        container[key] = self._anything()

    def _nest(self, container: Any, key: Any) -> None:
        for _ in range(self.random.choice((1, 2, 30))):
            container[key] = [container[key]] if self.random.random() < 0.5 else {"a": container[key]}

    def _overflow(self, container: Any, key: Any) -> None:
        container[key] = self.random.choice(NUMBERS + NO_NUMBERS)

    def _odd_text(self, container: Any, key: Any) -> None:
        container[key] = self.random.choice(TEXTS)

    def _huge_text(self, container: Any, key: Any) -> None:
        container[key] = self.random.choice("x\x00é\ud800") * self.random.choice((60, 300, 3000, 70_000))

    def _add(self, container: Any, key: Any) -> None:
        if isinstance(container, dict):
            container[self.random.choice((*TEXTS, "transactionId", "customData"))] = self._anything()

    def _swap(self, container: Any, key: Any) -> None:
        other = self.random.choice(list(container) if isinstance(container, dict) else range(len(container)))
        container[key], container[other] = container[other], container[key]

    def _anything(self) -> Any:
        odd: Any = self.random.choice((*NUMBERS, *NO_NUMBERS, *TEXTS, None, True, False, [], {}))
        return self.random.choice((odd, [odd, odd], {"a": odd, "": [odd]}))

    _CHANGES: tuple[Callable[["Mutator", Any, Any], None], ...] = (
        *(_drop, _repeat, _retype, _nest, _overflow, _odd_text, _huge_text, _add, _swap),
    )

    def _truncated(self) -> Shot:
        """Its id can be read where it is followed by a comma."""
        message_id = f"fuzz-{self.number}"
        text = written([2, message_id, *self._example(self.random.choice(self.actions))])
        text = text[: self.random.randrange(1, len(text))]
        is_readable = f'"{message_id}",' in text
        return Shot(text, message_id if is_readable else None)

    def _deep(self) -> Shot:
        depth, message_id = self.random.choice(DEPTHS), f"fuzz-{self.number}"
        opening, closing = self.random.choice((("[", "]"), ('{"a":', "}")))
        inner = opening * depth + "1" + closing * depth
        return Shot(f'[2,"{message_id}","{self.random.choice(self.actions)}",{{"a":{inner}}}]', message_id)

    def _other_type(self) -> Shot:
        return Shot(written([self.random.choice(TYPES), f"odd-{self.number}", *self._example("Heartbeat")]))

    def _to_nothing(self) -> Shot:
        """Answers to what nobody asked, and the types that OCPP 2.1 adds."""
        kind, text = self.random.choice((3, 4, 5, 6)), self.random.choice((*TEXTS, self.last_id))
        return Shot(written([kind, text, *[self._anything() for _ in range(self.random.randint(0, 4))]]))

    def _odd_id(self) -> Shot:
        told = self._example(self.random.choice(self.actions))
        if self.random.random() < 0.3:
            return Shot(written([2, self.last_id, *told]), self.last_id)
        if self.random.random() < 0.3:
            return Shot(written([2, -self.number - 1, *told]), -self.number - 1)
        return Shot(written([2, self.random.choice((None, True, [], {}, "odd-\ud800", "odd" * 90)), *told]))

    def _odd_action(self) -> Shot:
        action, payload = self._example(self.random.choice(self.actions))
        odd: Any = self.random.choice((action.upper(), action[:-1], "", 5, None, [action], "x" * 5000, *self.others))
        return self._call((odd, payload))

    def _odd_length(self) -> Shot:
        message_id, action = f"fuzz-{self.number}", self.random.choice(self.actions)
        rest = self.random.choice(([], [action], [action, None], [action, {}, {}], [action, "", 1, 2, 3], [action, []]))
        return Shot(written([2, message_id, *rest]), message_id)

    def _odd_writing(self) -> Shot:
        """No JSON, or hardly: broken bytes, a mark in front, many lines, stray commas, names that come twice."""
        shot = self._call(self._example(self.random.choice(self.actions)))
        text = str(shot.data)
        match self.random.randrange(7):
            case 0:
                return Shot(text.encode().replace(b"text", b"\xff\xfe\xc3", 1), shot.message_id)
            case 1:
                return Shot("\ufeff" + text, shot.message_id)
            case 2:
                return Shot(json.dumps(json.loads(text), indent=2), shot.message_id)
            case 3:
                return Shot(text.replace(",", ",,", 1) if self.random.random() < 0.5 else text[:-1] + ",]")
            case 4:
                return Shot(text.replace("{", '{"status":1,"status":[],', 1), shot.message_id)
            case 5:
                return Shot(self.random.choice(("", "{}", "[]", "null", "2", "[2]", "[2,", "\x00", "[" * 5000, "ping")))
            case _:
                return Shot(text.replace('"', "'"))

    _FRAMES: tuple[Callable[["Mutator"], Shot], ...] = (
        *(_truncated, _deep, _other_type, _to_nothing, _odd_id, _odd_action, _odd_length, _odd_writing),
    )


def written(frame: Any) -> str:
    """Half pairs by their numbers; NaN and infinity as Python writes them, which is no JSON."""
    return json.dumps(frame, separators=(",", ":"))


def places(value: Any, path: Path = ()) -> Any:
    if path:
        yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(item, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, (*path, number))


@cache
def _schema(version: OcppVersion, action: str, is_response: bool) -> dict[str, Any]:
    return schemas.schema(version, action, is_response=is_response)


def example(version: OcppVersion, action: str, random: Random, *, is_response: bool = False) -> Any:
    """A payload that fits its schema. Cards, transactions and places are few, so that messages meet."""
    schema = _schema(version, action, is_response)
    return _value(schema, schema, "", random)


def _value(schema: dict[str, Any], root: dict[str, Any], name: str, random: Random) -> Any:
    if "$ref" in schema:
        return _value(root["definitions"][schema["$ref"].rsplit("/", 1)[1]], root, name, random)
    if "enum" in schema:
        return random.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            return {
                key: _value(child, root, key, random)
                for key, child in schema.get("properties", {}).items()
                if key in required or (random.random() < 0.6 and key != "customData")
            }
        case "array":
            count = max(schema.get("minItems", 1), random.choice((1, 1, 2)))
            return [_value(schema["items"], root, name, random) for _ in range(min(count, schema.get("maxItems", 2)))]
        case "integer":
            return _number(schema, name, random)
        case "number":
            return min(round(random.uniform(0, 5000), 1), schema.get("maximum", 5000))
        case "boolean":
            return random.random() < 0.5
        case _:
            return _text(schema, name, random)


def _number(schema: dict[str, Any], name: str, random: Random) -> int:
    if name in {"id", "connectorId", "evseId", "transactionId"}:
        return random.randint(max(0, int(schema.get("minimum", 0))), 4)
    return random.randint(int(schema.get("minimum", 0)), min(int(schema.get("maximum", 5000)), 5000))


def _text(schema: dict[str, Any], name: str, random: Random) -> str:
    if schema.get("format") == "date-time":
        moment = BEGIN + timedelta(seconds=random.randint(-3600, 3600))
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    few = {"idTag": CARDS, "idToken": CARDS, "transactionId": TRANSACTIONS}.get(name)
    text = random.choice(few) if few else "17" if name == "value" else f"text {random.randint(0, 9)}"
    return text[: schema.get("maxLength", 20)]
