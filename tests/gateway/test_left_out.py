"""Whatever a station leaves out of a message, it is answered, and the server does not fail over it."""

import copy
from random import Random
from typing import Any

from asgiref.sync import sync_to_async

from gateway import schemas
from gateway.versions import ROUTES
from stations.models import Site
from stations.states import OcppVersion
from tests.conftest import add_station, every_version
from tests.gateway.mutator import example, places
from tests.gateway.socket import open_socket
from tests.harness import GatewayUnderTest

SEEDS = (1, 2)


def left_out(version: OcppVersion, action: str) -> list[dict[str, Any]]:
    """Valid payloads of an action, each without one property that it had."""
    payloads = []
    for seed in SEEDS:
        whole = example(version, action, Random(f"{seed} {action}"))
        for *above, name in places(whole):
            if isinstance(name, int):
                continue
            payload = copy.deepcopy(whole)
            container = payload
            for step in above:
                container = container[step]
            del container[name]
            payloads.append(payload)
    return payloads


@every_version
async def test_each_property_is_left_out_once(unhurried_gateway: GatewayUnderTest, harbour: Site, version: str) -> None:
    await sync_to_async(add_station)(harbour, "forgetful")
    socket = await open_socket(unhurried_gateway.url, "forgetful", version)
    known = OcppVersion(version)
    actions = sorted(set(ROUTES[known].handlers) & set(schemas.actions(known)))
    failed = []
    for action in actions:
        for payload in left_out(known, action):
            answer = await socket.call(action, payload)
            if answer[0] == 4 and answer[2] == "InternalError":
                failed.append((action, payload))
    assert failed == []
    await socket.connection.close()
