"""Waiting for facts, and what the database holds."""

from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Model

from charging.models import MeterReading, Session, SessionAnomaly, SessionEvent, SignedReading
from charging.states import AnomalyKind
from drivers.models import AuthorizationRecord
from firmware.models import FirmwareProgress, FirmwareUpdate, LogProgress, LogRequest
from stations.models import (
    ChargingStation,
    Command,
    Connector,
    Evse,
    SecurityEvent,
    StationCertificate,
    StatusInterval,
    Variable,
)
from stations.states import OPEN_COMMAND_STATUSES
from tests.gateway.polling import eventually

TABLES: tuple[type[Model], ...] = (
    ChargingStation,
    Evse,
    Connector,
    StatusInterval,
    Variable,
    Session,
    SessionEvent,
    MeterReading,
    SignedReading,
    SessionAnomaly,
    AuthorizationRecord,
    SecurityEvent,
    StationCertificate,
    LogRequest,
    LogProgress,
    FirmwareUpdate,
    FirmwareProgress,
)
# When we last heard of something says nothing of what we know of it.
TIMES_OF_HEARING = frozenset({"updated_at", "last_seen_at", "booted_at"})


async def finished(command: Command) -> Command:
    """The command when it has come to its end."""

    async def outcome() -> Command | None:
        return await Command.objects.exclude(status__in=OPEN_COMMAND_STATUSES).filter(pk=command.pk).afirst()

    return await eventually(outcome)


async def kinds_of_anomalies() -> set[str]:
    return {kind async for kind in SessionAnomaly.objects.values_list("kind", flat=True)}


async def has_anomaly(kind: AnomalyKind, **fields: Any) -> bool:
    return await SessionAnomaly.objects.filter(kind=kind, **fields).aexists()


def _contents(tables: tuple[type[Model], ...]) -> dict[str, list[dict[str, Any]]]:
    contents = {}
    for table in tables:
        rows = [
            {name: value for name, value in row.items() if name not in TIMES_OF_HEARING}
            for row in table._default_manager.values()
        ]
        contents[table.__name__] = sorted(rows, key=repr)
    return contents


async def everything_known(*, but: tuple[type[Model], ...] = ()) -> dict[str, list[dict[str, Any]]]:
    """All that messages can change, row by row."""
    return await sync_to_async(_contents)(tuple(table for table in TABLES if table not in but))
