"""A charger gives up while the database is slow: a connection without a socket would count as online."""

import asyncio
import threading
import uuid
from types import SimpleNamespace

from asgiref.sync import sync_to_async
from django.db import connection, transaction

from gateway.consumer import StationConsumer
from stations.models import ChargingStation, Site, StationConnection
from stations.services import start_gateway
from stations.states import OcppVersion
from tests.conftest import add_station
from tests.gateway.polling import eventually
from tests.stations.waiting import until_somebody_waits_for_us


async def test_what_was_opened_for_it_is_closed(harbour: Site) -> None:
    station = await sync_to_async(add_station)(harbour, "impatient")
    gateway_id = uuid.uuid4()
    await sync_to_async(start_gateway)(gateway_id)
    loop = asyncio.get_running_loop()
    closing: list[asyncio.Future[None]] = []
    is_locked, is_abandoned = threading.Event(), threading.Event()

    def slow_database() -> None:
        with transaction.atomic():
            ChargingStation.objects.select_for_update().get(pk=station.pk)
            is_locked.set()
            until_somebody_waits_for_us()
            loop.call_soon_threadsafe(opening.cancel)
            assert is_abandoned.wait(20)
        connection.close()

    slow = asyncio.create_task(asyncio.to_thread(slow_database))
    await asyncio.to_thread(is_locked.wait, 20)
    opening = asyncio.ensure_future(
        StationConsumer()._open_connection(
            SimpleNamespace(spawn=lambda work: closing.append(asyncio.ensure_future(work))),  # type: ignore[arg-type]
            station=station,
            connection_id=uuid.uuid4(),
            gateway_id=gateway_id,
            ocpp_version=OcppVersion.V16,
            security_profile=1,
            address=None,
        )
    )
    await asyncio.wait([opening])
    assert opening.cancelled()
    await asyncio.sleep(0)  # a turn of the loop: whoever wanted to close now would begin
    assert closing == [], "there is nothing to close before it is open"
    is_abandoned.set()
    await slow
    assert await eventually(StationConnection.objects.exclude(closed_at=None).aexists)
    assert (await ChargingStation.objects.aget()).connection_id is None
