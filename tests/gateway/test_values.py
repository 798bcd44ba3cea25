"""Values that no station should send, in every property of every message: never InternalError, never the database's."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.conftest import OpenSocket
from tests.gateway.valid_frames import full_payload, station_actions
from tests.harness import GatewayUnderTest

Path = tuple[str | int, ...]

INTEGERS = [-1, 0, 32_768, 2**31, 2**63, 2**64 - 1, 2**70, -(2**63), -(2**70), 1e300]
TEXTS = [
    "",
    "\x00",
    "a\x00b",
    "x" * 20_000,
    "\U0001f50c" * 300,
    "\x1f\x7f",
    "null",
    "NaN",
    "-1e999",
    "' OR 1=1 --",
    "\\",
    "\t\n",
]
TIMES = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-14:00",
    "1970-01-01T00:00:00Z",
    "2026-06-30T23:59:60Z",
    "2022-02-29T12:00:00Z",
    "2026-11-22T12:00:00",
    "2026-11-22T12:00:00+02",
    "2026-11-22 12:00:00",
    "2026-11-22T12:00:00.123456789Z",
    "2026-11-22T12:00:00+99:99",
    "22.11.2026 12:00",
    "now",
    "1763812256",
]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Where the plain values of a payload are."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, (*path, number))
    else:
        yield path, value


def replaced(payload: Any, path: Path, value: Any) -> Any:
    """The payload with another value at this place."""
    changed = copy.deepcopy(payload)
    container = changed
    for step in path[:-1]:
        container = container[step]
    container[path[-1]] = value
    return changed


def odd_values(number: int, value: Any) -> list[Any]:
    """Of the texts a few for each place, in turn: together all are tried, and the suite stays short."""
    if isinstance(value, bool):
        return ["true", 2]
    if isinstance(value, int | float):
        return INTEGERS
    if isinstance(value, str) and value.startswith("2026-"):
        return TIMES
    return ["a\x00b", *(TEXTS[(number * 3 + turn) % len(TEXTS)] for turn in range(3))]


@pytest.mark.timeout(300)  # with the start of two gateways
@pytest.mark.parametrize(
    ("version", "action"), [(version, action) for version in ("1.6", "2.1") for action in station_actions(version)]
)
async def test_odd_values_in_every_property(
    unhurried_gateway: GatewayUnderTest, open_raw: OpenSocket, version: str, action: str
) -> None:
    """2.1 has every message of 2.0.1, and the same handlers."""
    socket = await open_raw(version, url=unhurried_gateway.url)
    valid = full_payload(version, action)
    assert (await socket.call(action, valid))[0] == 3, valid
    for number, (path, value) in enumerate(leaves(valid)):
        for odd in odd_values(number, value):
            payload = replaced(valid, path, odd)
            answer = await socket.call(action, payload)
            assert answer[2] != "InternalError", (path, odd)
    assert await socket.answers_before_heartbeat() == []
