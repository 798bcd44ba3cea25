"""A station vanishes without a word, as behind a lost mobile link: no FIN, no answer to a ping, and a command open."""

import asyncio

from asgiref.sync import sync_to_async
from websockets.frames import Frame, Opcode

from stations.commands import ClearCache, send
from stations.models import ChargingStation, Command, Site, StationConnection
from stations.states import CommandStatus
from tests.conftest import add_station
from tests.faults.balancer import balancing
from tests.faults.conftest import StartGateway
from tests.gateway.polling import eventually
from tests.gateway.socket import Socket, open_socket


def _pong_of(socket: Socket) -> asyncio.Event:
    """Set when the station has answered its first ping."""
    ponged, protocol = asyncio.Event(), socket.connection.protocol
    send_frame = protocol.send_frame

    def note(frame: Frame) -> None:
        send_frame(frame)
        if frame.opcode is Opcode.PONG:
            ponged.set()

    protocol.send_frame = note  # type: ignore[method-assign]
    return ponged


async def test_it_goes_offline_with_its_command_and_comes_back(start_gateway: StartGateway, harbour: Site) -> None:
    gateway = await start_gateway(OCPP_PING_INTERVAL_S="1")
    versions = {"1.6": "old_faithful", "2.0.1": "modern", "2.1": "newest"}
    for identity in versions.values():
        await sync_to_async(add_station)(harbour, identity)
    async with balancing(gateway.port) as line:
        gone = [await open_socket(line.url, identity, version) for version, identity in versions.items()]
        for socket in gone:
            ponged = _pong_of(socket)
            await socket.command()
            await asyncio.wait_for(ponged.wait(), 30)
        line.freeze()

        async def all_offline() -> bool:
            return not await ChargingStation.objects.online().aexists()

        await eventually(all_offline, timeout_s=60)
        reasons = {row.close_reason async for row in StationConnection.objects.all()}
        assert reasons == {"closed with code 1006"}
        assert {command.status async for command in Command.objects.all()} == {CommandStatus.LOST}
        for version, identity in versions.items():
            station = await ChargingStation.objects.aget(identity=identity)
            await sync_to_async(send)(station, ClearCache())
            back = await open_socket(gateway.url, identity, version)
            assert (await back.command())[2] == "ClearCache", "and not once more what was lost"
            await back.connection.close()
