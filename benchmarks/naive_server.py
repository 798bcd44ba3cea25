"""(b) What one writes first: the ``ocpp`` package's routing in a Channels consumer, one ORM create a message.

Everything is left on its defaults: Daphne, Channels' dispatch, the package's validation, ``database_sync_to_async``.
"""

import os
import sys
import uuid
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from daphne.server import Server  # noqa: E402
from django.utils import timezone  # noqa: E402
from ocpp.routing import on  # noqa: E402
from ocpp.v16 import ChargePoint, call_result  # noqa: E402
from ocpp.v16.enums import Action  # noqa: E402

from stations.models import ChargingStation, Direction, Frame  # noqa: E402


class Station(ChargePoint):  # type: ignore[misc]
    """Stores the whole message as one row, then answers."""

    row: ChargingStation

    @on(Action.meter_values)  # type: ignore[untyped-decorator]
    async def on_meter_values(self, **payload: Any) -> call_result.MeterValues:
        await database_sync_to_async(Frame.objects.create)(
            station=self.row,
            connection_id=uuid.uuid4(),
            at=timezone.now(),
            direction=Direction.IN,
            action="MeterValues",
            text=str(payload),
        )
        return call_result.MeterValues()


class NaiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        identity = self.scope["path"].rsplit("/", 1)[-1]
        self.station = Station(identity, self)
        self.station.row = await ChargingStation.objects.aget(identity=identity)
        await self.accept("ocpp1.6")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.station.route_message(text_data)

    async def send(self, text_data: str | None = None, bytes_data: bytes | None = None, close: bool = False) -> None:
        await super().send(text_data, bytes_data, close)


class AnnouncedServer(Server):  # type: ignore[misc]
    """Says which port it took."""

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        sys.stdout.write(f"ready port={port.getHost().port}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    AnnouncedServer(application=NaiveConsumer.as_asgi(), endpoints=["tcp:port=0:interface=127.0.0.1"]).run()
