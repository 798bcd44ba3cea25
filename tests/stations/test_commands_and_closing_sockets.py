"""A command is claimed while its socket closes: it ends, one way or the other."""

import threading
import uuid

from django.db import connection, transaction

from stations import commands
from stations.errors import StationBusy
from stations.models import ChargingStation, Site
from stations.services import Closing, Opening, claim_command, close_connections, open_connections, start_gateway
from stations.states import CommandStatus, OcppVersion
from tests.conftest import add_station


def connected(station: ChargingStation) -> uuid.UUID:
    """A connection of the station to a gateway that lives."""
    gateway_id, connection_id = uuid.uuid4(), uuid.uuid4()
    start_gateway(gateway_id)
    open_connections([Opening(station.pk, connection_id, gateway_id, OcppVersion.V16, 1, None)])
    return connection_id


def test_the_socket_closes_between_claim_and_commit(harbour: Site) -> None:
    """The close does not go past the claim, and then finds what was sent: it must not stay sent for ever."""
    station = add_station(harbour, "old_faithful")
    connection_id = connected(station)
    command = commands.send(station, commands.ClearCache())
    results: list[bool | Exception] = []
    was_busy = threading.Event()

    def close() -> None:
        while not results or isinstance(results[-1], StationBusy):
            results.extend(close_connections([Closing(connection_id, "cable cut")]))
            was_busy.set()
        connection.close()

    closing = threading.Thread(target=close)
    with transaction.atomic():
        claimed = claim_command(connection_id)
        assert claimed is not None
        closing.start()
        assert was_busy.wait(20)
        assert isinstance(results[0], StationBusy)
    closing.join(20)
    assert results[-1] is True
    command.refresh_from_db()
    assert command.status == CommandStatus.LOST


def test_the_socket_closed_before_the_claim(harbour: Site) -> None:
    """Nothing is sent on a connection that is gone; the next one takes the command."""
    station = add_station(harbour, "old_faithful")
    connection_id = connected(station)
    command = commands.send(station, commands.ClearCache())
    close_connections([Closing(connection_id, "cable cut")])
    assert claim_command(connection_id) is None
    again = claim_command(connected(station))
    assert again is not None
    assert again.pk == command.pk
