"""Valid frames of every action, changed at random: each is answered once, and never by an error of ours."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import VERSIONS
from tests.gateway.conftest import OpenSocket
from tests.gateway.socket import Socket
from tests.gateway.test_values import Path, leaves
from tests.gateway.valid_frames import full_payload, station_actions
from tests.harness import GatewayUnderTest

FRAMES = 150

numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
plain = st.none() | st.booleans() | numbers | st.text(max_size=60)
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(payload: Any, path: Path = ()) -> list[Path]:
    """Every place in a payload: objects and lists too."""
    found = [path] if path else []
    if isinstance(payload, dict):
        return found + [place for name, item in payload.items() for place in places(item, (*path, name))]
    if isinstance(payload, list):
        return found + [place for number, item in enumerate(payload) for place in places(item, (*path, number))]
    return found


@st.composite
def changed(draw: st.DrawFn, version: str) -> tuple[str, Any]:
    """An action and its payload after up to three changes: another value, one missing, one too many, one repeated."""
    action = draw(st.sampled_from(station_actions(version)))
    payload = copy.deepcopy(full_payload(version, action))
    for _ in range(draw(st.integers(1, 3))):
        known = places(payload)
        if not known:
            break
        path = draw(st.sampled_from(known))
        container = payload
        for step in path[:-1]:
            container = container[step]
        match draw(st.sampled_from(["replace", "remove", "add", "repeat"])):
            case "replace":
                container[path[-1]] = draw(anything)
            case "remove":
                del container[path[-1]]
            case "add" if isinstance(container, dict):
                container[draw(st.text(max_size=10))] = draw(anything)
            case _:
                container[path[-1]] = [container[path[-1]]] * 2
    return action, payload


async def _try(socket: Socket, action: str, payload: Any) -> None:
    answers = await socket.ask(json.dumps([2, "fuzz", action, payload]))
    assert [answer[1] for answer in answers] == ["fuzz"]
    assert answers[0][0] in (3, 4)
    assert answers[0][2] != "InternalError", (action, payload)


@pytest.mark.timeout(300)  # with the start of two gateways
@pytest.mark.parametrize("version", VERSIONS)
async def test_changed_frames(unhurried_gateway: GatewayUnderTest, open_raw: OpenSocket, version: str) -> None:
    """The frames are drawn first, then sent: hypothesis knows no event loop that is already running."""
    frames: list[tuple[str, Any]] = []

    @settings(
        max_examples=FRAMES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(changed(version))
    def draw(frame: tuple[str, Any]) -> None:
        frames.append(copy.deepcopy(frame))

    draw()
    assert len(frames) >= FRAMES // 2
    assert any(list(leaves(payload)) for _, payload in frames)
    socket = await open_raw(version, url=unhurried_gateway.url)
    for action, payload in frames:
        await _try(socket, action, payload)
    assert (await socket.call("Heartbeat", {}))[0] == 3
