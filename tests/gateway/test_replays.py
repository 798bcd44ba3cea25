"""Frames that once broke somebody's server, played through the real socket: what becomes of them here."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from accounts.models import Organization
from gateway.replay import Replay, read_fixture
from gateway.scratch import outcome, set_stage
from stations.repairs import Repair
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest

FRAMES = Path(__file__).parent / "frames"
# Energy of each session in Wh, by its begin; what staff have to look at; what was mended.
OUTCOMES: dict[str, tuple[list[int], list[str], list[Repair]]] = {
    "q005-foxess-16-messages-on-201": (
        [1500],
        [],
        [Repair.NULL_WORD, Repair.SHAPE_OF_16, Repair.TEXT_AS_NUMBER, Repair.UNKNOWN_REASON],
    ),
    "q039-grizzl-e-broken-json": ([1200], [], [Repair.NULL_DROPPED, Repair.STRAY_COMMA, Repair.VALUE_LEFT_OUT]),
    "q042-huawei-objects-for-lists": (
        [1100],
        [],
        [Repair.LIST_EMPTY, Repair.NUMBER_AS_TEXT, Repair.OBJECT_AS_LIST, Repair.TEXT_AS_NUMBER],
    ),
    "q061-growatt-no-zone": ([1500], [], [Repair.TIME_WITHOUT_ZONE]),
    "q070-keba-stop-with-id-0": ([2500], [], [Repair.TRANSACTION_ID_NONE]),
    "q072-alfen-int64-id": ([1000], ["unknown_transaction"], []),
    "q077-start-lost-stop-repeated": ([800], [], [Repair.TRANSACTION_ID_NONE]),
    "q096-offline-replay-among-live": ([2000, 1100], [], []),
    "q099-abb-session-register": ([3300], [], []),
    "q100-register-reset-by-reboot": ([3500], ["register_decrease"], []),
}


class Socket:
    """A real one, without a password."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, frame: str | bytes) -> None:
        await self.connection.send(frame)

    async def receive(self) -> str:
        return str(await self.connection.recv())


def test_every_fixture_has_an_outcome() -> None:
    assert sorted(path.stem for path in FRAMES.glob("*.jsonl")) == sorted(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
async def test_replay(committed: None, quiet_gateway: GatewayUnderTest, name: str) -> None:
    fixture = read_fixture(FRAMES / f"{name}.jsonl")
    energies, anomalies, repairs = OUTCOMES[name]
    create = sync_to_async(Organization.objects.create)
    organization = await create(name="Replay", slug="replay", accepts_insecure_stations=True)
    await sync_to_async(set_stage)(fixture, name, organization)
    sockets: list[ClientConnection] = []

    async def open_socket() -> Socket:
        version = Subprotocol(f"ocpp{fixture.head['ocpp_version']}")
        sockets.append(await connect(f"{quiet_gateway.url}/{name}", subprotocols=[version], proxy=None))
        return Socket(sockets[-1])

    steps = await Replay(fixture, open_socket).play()
    await asyncio.gather(*(socket.close() for socket in sockets))
    assert all(step.answers for step in steps), [step.sent for step in steps if not step.answers]

    async def mended() -> bool:
        """The counts follow the wire log."""
        found = await sync_to_async(outcome)(name)
        return {row["repair"] for row in found["repairs"]} >= set(repairs)

    await eventually(mended)
    told: dict[str, list[dict[str, Any]]] = await sync_to_async(outcome)(name)
    assert [row["repair"] for row in told["repairs"]] == sorted(repairs)
    assert [row["energy_wh"] for row in told["sessions"]] == energies
    assert [row["kind"] for row in told["anomalies"]] == anomalies


def test_what_is_no_fixture_is_said(tmp_path: Path) -> None:
    for text in ("", '{"at": "2026-11-20T10:00:00Z"}\n'):
        path = tmp_path / "frames.jsonl"
        path.write_text(text)
        with pytest.raises(ValueError, match="no fixture"):
            read_fixture(path)
