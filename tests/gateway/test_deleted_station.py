"""A station that is deleted while we speak with it: what it still tells has no place, and that is nobody's fault."""

import asyncio
import contextlib
import json
import threading

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from simulator import Charger
from stations.commands import GetVariables
from stations.models import ChargingStation, Variable
from stations.services import delete_stations
from tests.conftest import every_version
from tests.gateway.polling import eventually
from tests.usecases.asking import ask, at_rest, silent
from tests.usecases.telling import Payload
from tests.usecases.test_variables import named

pytestmark = pytest.mark.usefixtures("quiet_gateway")


@every_version
async def test_a_station_that_is_deleted_while_it_answers(station: Charger, version: str) -> None:
    """The gateway's log has no fault in it, which is looked at after each of these tests."""
    await at_rest(station)
    action = "GetConfiguration" if version == "1.6" else "GetVariables"
    station.on(action, silent)
    command = await ask(GetVariables((named(version, "HeartbeatInterval"),)))
    payload = await station.wait_for_call(action)
    answer: Payload = {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]}
    if version != "1.6":
        asked = payload["getVariableData"][0]
        answer = {"getVariableResult": [{**asked, "attributeStatus": "Accepted", "attributeValue": "300"}]}
    await command.arefresh_from_db(fields=["message_id"])
    is_deleted, has_told = threading.Event(), threading.Event()
    deleting = asyncio.create_task(asyncio.to_thread(_delete_slowly, is_deleted, has_told))
    await asyncio.to_thread(is_deleted.wait, 10)
    await station.send_text(json.dumps([3, command.message_id, answer]))
    await eventually(sync_to_async(_somebody_waits_for_a_lock))
    has_told.set()
    await deleting
    await station.wait_closed()
    assert not await Variable.objects.aexists()


def _delete_slowly(is_deleted: threading.Event, has_told: threading.Event) -> None:
    with contextlib.closing(connection), transaction.atomic():
        delete_stations(ChargingStation.objects.all())
        is_deleted.set()
        has_told.wait(10)


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
