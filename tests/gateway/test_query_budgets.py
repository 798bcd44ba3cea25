"""What a message may ask of the database, counted: a careful message that begins to ask more is seen here."""

from asgiref.sync import sync_to_async

from benchmarks.statements import Station, count, counting_gateway
from charging.models import Session
from stations.models import Site
from tests.conftest import NAMES, SECRET, Person, add_station, every_version

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
