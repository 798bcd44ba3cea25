"""The stage of a replay: an organization, the station and its tokens, a socket without a network, and the outcome."""

import asyncio
from typing import Any

from django.db.models import QuerySet

from accounts.models import Organization
from charging.models import Session, SessionAnomaly
from drivers.models import IdToken
from gateway.consumer import StationConsumer
from gateway.replay import Fixture
from stations.models import ChargingStation, RepairCount, Site, VendorProfile
from stations.states import RegistrationStatus, SecurityProfile


def set_stage(fixture: Fixture, identity: str, organization: Organization | None = None) -> ChargingStation:
    """What the fixture needs to be told as it was: its time zone, its traits, its tokens."""
    head = fixture.head
    organization = organization or Organization.objects.create(
        name="Replay", slug="replay", accepts_insecure_stations=True
    )
    site = Site.objects.create(organization=organization, name=identity, time_zone=head.get("time_zone") or "UTC")
    for token in fixture.tokens:
        IdToken.objects.get_or_create(organization=organization, value=token[:255])
    if head.get("traits"):
        VendorProfile.objects.create(
            organization=organization,
            name=identity,
            vendor_pattern=head.get("vendor") or "*",
            model_pattern=head.get("model") or "",
            traits=head["traits"],
        )
    return ChargingStation.objects.create(
        organization=organization,
        site=site,
        identity=identity,
        security_profile=SecurityProfile.NONE,
        registration=RegistrationStatus.ACCEPTED,
    )


class InProcess:
    """A socket of the gateway in this process."""

    def __init__(self, identity: str, version: str) -> None:
        self.scope = {
            "type": "websocket",
            "path": f"/ocpp/{identity}",
            "headers": [],
            "subprotocols": [f"ocpp{version}"],
            "client": ("127.0.0.1", 0),
        }
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def open(self) -> None:
        self.serving = asyncio.create_task(StationConsumer.as_asgi()(self.scope, self.inbox.get, self.outbox.put))
        await self.inbox.put({"type": "websocket.connect"})
        answer = await self.outbox.get()
        if answer["type"] != "websocket.accept":
            raise ValueError(f"The gateway refused the station: {answer['type']}")

    async def send(self, frame: str | bytes) -> None:
        kind = "bytes" if isinstance(frame, bytes) else "text"
        await self.inbox.put({"type": "websocket.receive", kind: frame})

    async def receive(self) -> str:
        message = await self.outbox.get()
        if message["type"] != "websocket.send":
            raise ValueError(f"The gateway closed the socket: {message.get('code')}")
        return str(message["text"])

    async def close(self) -> None:
        await self.inbox.put({"type": "websocket.disconnect", "code": 1000})
        await self.serving


def outcome(identity: str) -> dict[str, list[dict[str, Any]]]:
    """What became of it: sessions, open anomalies, repairs."""
    here = {"station__identity": identity}
    sessions = Session.objects.filter(**here).order_by("started_at", "pk")
    anomalies = SessionAnomaly.objects.filter(**here, status="open").order_by("kind", "pk")
    repairs = RepairCount.objects.filter(**here).order_by("repair")
    return {
        "sessions": _rows(sessions, ("evse_number", "started_at", "ended_at", "energy_wh", "authorization_status")),
        "anomalies": _rows(anomalies, ("kind", "evse_number", "summary")),
        "repairs": _rows(repairs, ("repair", "count")),
    }


def _rows(queryset: QuerySet[Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in queryset.values_list(*names)]
