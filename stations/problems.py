"""What is wrong with a request before it is sent, for whoever wrote it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from stations.errors import StationError
from stations.states import OcppVersion

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One rule that a payload breaks. The sentence never repeats the value: it may be a token."""

    path: Path
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{written(self.path)} {self.sentence}" if self.path else self.sentence


class InvalidRequest(StationError):
    """A raw call that would not be sent; ``problems`` name the paths and the rules."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = problems


def plain(number: float) -> str:
    """``2147483647`` and ``0.1``, as people write it."""
    return str(int(number)) if float(number).is_integer() else str(number)


def written(path: Path) -> str:
    """``chargingSchedule[0].limit``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def check_request(version: str, action: str, payload: Any) -> list[Problem]:
    """By the function that ``OCPP_REQUEST_CHECK`` names: only the gateway knows OCPP's schemas.

    Nothing is known to be wrong with what is meant for a station that never told its version.
    """
    if not version:
        return []
    check: Callable[[OcppVersion, str, Any], list[Problem]] = import_string(settings.OCPP_REQUEST_CHECK)
    return check(OcppVersion(version), action, payload)
