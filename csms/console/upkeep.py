"""What a station told of its firmware, what was asked of it about that, and what can be asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from accounts.console.tenants import user_of
from csms.console.access import COMMAND
from firmware.models import FirmwareProgress, FirmwareUpdate
from firmware.states import FirmwareStatus
from gateway.versions import actions_of_ours
from stations.models import ChargingStation, Command, Direction, Frame, Variable
from stations.models.variable import AttributeType
from stations.states import OcppVersion

# OCPP 1.6 §5.19 and its security extension, OCPP 2.x L.
FIRMWARE = ("UpdateFirmware", "SignedUpdateFirmware", "PublishFirmware", "UnpublishFirmware")
# Those of them without a form of their own, and what the button says.
BY_RAW_CALL = {"PublishFirmware": "Publish by a controller", "UnpublishFirmware": "End publishing"}
READ, SHOWN = 200, 6
CALL = 2


@dataclass(frozen=True)
class Version:
    """A firmware version and the boots in a row that told it, as far as the messages are kept."""

    name: str
    since: datetime
    until: datetime
    boots: int


def upkeep(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    calls = list(Command.objects.filter(station=station, kind="RawCall").select_related("requested_by")[:READ])
    may = user_of(request).has_perm(COMMAND, station)
    offered = actions_of_ours(OcppVersion(station.ocpp_version)) if may and station.ocpp_version else frozenset()
    return {
        "station": station,
        "zone": station.time_zone,
        "versions": _versions(station),
        "parts": _firmware_of_parts(station),
        "updates": _updates(station),
        "unasked": FirmwareProgress.objects.filter(station=station, update=None)
        .exclude(status=FirmwareStatus.IDLE)
        .order_by("-pk")[:3],
        "may_command": may,
        "firmware_calls": [call for call in calls if call.title in FIRMWARE][:SHOWN],
        "firmware_actions": [(action, said) for action, said in BY_RAW_CALL.items() if action in offered],
    }


def _told(station: ChargingStation, actions: Iterable[str], count: int) -> list[tuple[datetime, Mapping[str, Any]]]:
    """Payloads of the station's own calls, the newest first."""
    frames = Frame.objects.filter(
        station=station, action__in=actions, direction=Direction.IN, message_type=CALL
    ).order_by("-at", "-pk")[:count]
    return [(frame.at, frame.payload) for frame in frames if isinstance(frame.payload, dict)]


def _versions(station: ChargingStation) -> list[Version]:
    found: list[Version] = []
    for at, payload in _told(station, ["BootNotification"], READ):
        described = payload.get("chargingStation", payload)
        name = str(described.get("firmwareVersion", "")) if isinstance(described, dict) else ""
        if found and found[-1].name == name:
            found[-1] = Version(name, at, found[-1].until, found[-1].boots + 1)
        else:
            found.append(Version(name, at, at, 1))
    return found[:SHOWN]


def _firmware_of_parts(station: ChargingStation) -> list[Variable]:
    """OCPP 2.x: a modem, a meter or a controller may have a firmware of its own."""
    rows = Variable.objects.filter(station=station, name__iexact="FirmwareVersion", attribute=AttributeType.ACTUAL)
    return list(rows.exclude(value="").exclude(component__iexact="ChargingStation")[:SHOWN])


def _updates(station: ChargingStation) -> list[FirmwareUpdate]:
    rows = FirmwareUpdate.objects.filter(station=station).select_related("firmware", "command", "requested_by")
    return list(rows.prefetch_related("progress")[:SHOWN])
