"""What a message may ask of the database, counted: a careful message that begins to ask more is seen here."""

from asgiref.sync import sync_to_async

from benchmarks.statements import Statements, Station, count, counting_gateway
from charging.models import Session
from stations.models import Site
from tests.conftest import NAMES, SECRET, Person, add_station, every_version
from tests.gateway.socket import BOOTS

# Statements without BEGIN and COMMIT. Each message comes twice: what is read once for a connection is not counted.
BUDGETS = {
    "1.6": {"Heartbeat": 0, "BootNotification": 2, "Authorize": 3, "start": 9, "stop": 8},
    "2.0.1": {"Heartbeat": 0, "BootNotification": 2, "Authorize": 3, "start": 11, "stop": 15},
}
BUDGETS["2.1"] = BUDGETS["2.0.1"]


@every_version
async def test_careful_messages_keep_to_their_budget(
    committed: None, harbour: Site, alice: Person, version: str
) -> None:
    await sync_to_async(add_station)(harbour, NAMES[version])
    async with counting_gateway() as counted:
        costs = await count(Station(version, NAMES[version], SECRET, counted), alice.uid)
    dearer = {name: asked for name, asked in costs.items() if len(asked) > BUDGETS[version][name]}
    assert dearer == {}
    assert costs["start"]
    assert await Session.objects.filter(energy_wh=500).acount() == 2


# Without BEGIN and COMMIT. "back" and "replaced" begin with the handshake and end when nothing is left to be sent.
RECONNECTS = {"lost": 4, "back": 6, "replaced": 8}


@every_version
async def test_a_reconnect_keeps_to_its_budget(committed: None, harbour: Site, version: str) -> None:
    """Ten thousand of them come at once after an outage."""
    await sync_to_async(add_station)(harbour, NAMES[version])
    async with counting_gateway() as counted:
        costs = await _costs_of_reconnects(version, counted)
    dearer = {name: asked for name, asked in costs.items() if len(asked) > RECONNECTS[name]}
    assert dearer == {}, "\n".join(text[:120] for asked in dearer.values() for text in asked)


async def _costs_of_reconnects(version: str, counted: Statements) -> dict[str, list[str]]:
    """The statements of each: a socket is lost, another comes, one more replaces it."""
    sockets = [Station(version, NAMES[version], SECRET, counted) for _ in range(3)]
    assert (await sockets[0].socket.connect(timeout=10))[0]
    await sockets[0].call("BootNotification", BOOTS[version])
    await sockets[0].settle()
    costs = {}
    began = len(counted.texts)
    await sockets[0].socket.disconnect(timeout=10)
    costs["lost"] = counted.texts[began:]
    for name, station in zip(("back", "replaced"), sockets[1:], strict=True):
        began = len(counted.texts)
        assert (await station.socket.connect(timeout=10))[0]
        await station.call("Heartbeat", {})
        await station.settle()
        costs[name] = counted.texts[began:]
    for station in sockets[1:]:
        await station.socket.disconnect(timeout=10)
    return costs
